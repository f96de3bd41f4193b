/* SPDX-License-Identifier: MIT */
/* Public API of specialization: the files for one VM. */
#include "base/reserved.h"
#include "pdk/cloud_seed.h"
#include "pdk/pdk_file.h"
#include "pdk/specialize.h"

struct specialized_priv {
	struct payload payload;
};

void shvm_specialized_done(struct shvm_specialized *s)
{
	struct specialized_priv *p = s->priv;

	if (p) {
		payload_done(&p->payload);
		free(p);
	}
	free(s->files);
	*s = (struct shvm_specialized){ 0 };
}

static struct shvm_file file_view(const struct payload_file *f)
{
	return (struct shvm_file){ f->name, f->data.data, f->data.len };
}

static int list_files(struct shvm_specialized *s, struct shvm_err *err)
{
	const struct payload *p =
		&((const struct specialized_priv *)s->priv)->payload;

	s->files = calloc(p->count + 1, sizeof(*s->files));
	TRY(err_null(err, s->files, "specialization"));
	if (p->answer.name)
		s->files[s->file_count++] = file_view(&p->answer);
	for (size_t i = 0; i < p->count; i++)
		s->files[s->file_count++] = file_view(&p->files[i]);
	return SHVM_OK;
}

int shvm_pdk_specialize(const struct shvm_pdk *pdk,
			const struct shvm_fabric *fabric, shvm_note_fn note,
			void *note_ctx, struct shvm_specialized *ret,
			struct shvm_err *err)
{
	const struct notes notes = { note, note_ctx };
	AUTO_DONE(shvm_specialized) s = { 0 };
	struct specialized_priv *priv;

	if (!pdk->info.is_open)
		return err_set(err, SHVM_E_ARG,
			       "pdk: must be unlocked for specialization");
	priv = calloc(1, sizeof(*priv));
	TRY(err_null(err, priv, "specialization"));
	s.priv = priv;
	TRY(specialize_apply(&pdk->body.payload, fabric, &notes, &priv->payload,
			     &s.substitutions, err));
	TRY(list_files(&s, err));
	*ret = MOVE(s);
	return SHVM_OK;
}

int shvm_specialized_seed(const struct shvm_specialized *s,
			  const struct shvm_seed_params *params,
			  struct shvm_specialized *ret, struct shvm_err *err)
{
	const struct specialized_priv *from = s->priv;
	AUTO_DONE(shvm_specialized) seed = { 0 };
	struct specialized_priv *priv;

	TRY(reserved_check(params->reserved, "struct shvm_seed_params", err));
	priv = calloc(1, sizeof(*priv));
	TRY(err_null(err, priv, "seed"));
	seed.priv = priv;
	TRY(cloud_seed_make(&from->payload, params->fabric, params->instance_id,
			    &priv->payload, err));
	TRY(list_files(&seed, err));
	seed.substitutions = s->substitutions;
	*ret = MOVE(seed);
	return SHVM_OK;
}

int shvm_specialized_encode(const struct shvm_specialized *s,
			    const uint8_t *volume_key, size_t volume_key_size,
			    uint8_t **ret, size_t *ret_size,
			    struct shvm_err *err)
{
	const struct specialized_priv *priv = s->priv;
	AUTO_DONE(buf) clear = { .wipe = true };
	AUTO_DONE(buf) sealed = { 0 };
	AUTO(secret_ptr) key = NULL;

	TRY(specialize_encode(&priv->payload, &clear, err));
	if (!volume_key) {
		*ret_size = clear.len;
		*ret = STEAL(clear.data);
		return SHVM_OK;
	}
	TRY(secret_copy(volume_key, volume_key_size, &key, err));
	TRY(specialize_encrypt(key, NULL, &clear, &sealed, err));
	*ret_size = sealed.len;
	*ret = STEAL(sealed.data);
	return SHVM_OK;
}
