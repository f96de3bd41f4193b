/* SPDX-License-Identifier: MIT */
/* The certificate for Remote Desktop: checked, and the script that uses it. */
#include "base/encode.h"
#include "base/file.h"
#include "base/utf16.h"
#include "pdk/answer.h"
#include "signer/key.h"

#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

AUTO_DEFINE(pkcs12_ptr, PKCS12 *, PKCS12_free);

#define REASON "rdp-certificate"
#define RDP(err, ...) err_reason(err, SHVM_E_CRYPTO, REASON, __VA_ARGS__)

static int check_cert(X509 *cert, int64_t at, const char *path,
		      struct shvm_err *err)
{
	time_t now = at ? (time_t)at : time(NULL);

	if (!cert)
		return RDP(err, "%s: holds no certificate for its key", path);
	/* Without the extension X.509 allows every use, but Remote Desktop
	 * requires server authentication explicitly. */
	if (!(X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) ||
	    !(X509_get_extended_key_usage(cert) & XKU_SSL_SERVER))
		return RDP(
			err,
			"%s: the certificate is not for server authentication",
			path);
	if (X509_cmp_time(X509_get0_notAfter(cert), &now) <= 0)
		return RDP(err, "%s: the certificate has expired", path);
	if (X509_cmp_time(X509_get0_notBefore(cert), &now) > 0)
		return RDP(err, "%s: the certificate is not yet valid", path);
	return SHVM_OK;
}

/* The passphrase was obtained before: the script contains it, too. */
static int repeat_passphrase(void *ctx, const char *what, char *buf,
			     size_t size, struct shvm_err *err)
{
	const struct secret *passphrase = ctx;

	(void)what;
	(void)err;
	if (passphrase->size > size)
		return -1;
	memcpy(buf, passphrase->data, passphrase->size);
	return (int)passphrase->size;
}

static int check_form(const struct buf *pfx, const char *path,
		      struct shvm_err *err)
{
	const uint8_t *p = pfx->data;
	AUTO(pkcs12_ptr) p12 = d2i_PKCS12(NULL, &p, (long)pfx->len);

	if (p12 && p == pfx->data + pfx->len)
		return SHVM_OK;
	(void)err_set_ossl(NULL, "drains the queue");
	return RDP(err, "%s: is not a PKCS#12 file", path);
}

/* Old algorithms cause no warning here: old Windows versions read no others. */
static int check_pfx(const struct buf *pfx, struct secret *passphrase,
		     int64_t at, const char *path, struct shvm_err *err)
{
	const struct shvm_key_source source = { .uri = path,
						.passphrase = repeat_passphrase,
						.passphrase_ctx = passphrase };
	AUTO(pkey_ptr) key = NULL;
	AUTO(x509_ptr) cert = NULL;

	/* Any failure means that the certificate is not usable. */
	TRY(err_as_reason(err, key_load_pkcs12(&source, pfx, &key, &cert, err),
			  SHVM_E_CRYPTO, REASON));
	return check_cert(cert, at, path, err);
}

/*
 * Runs in the VM: imports the certificate, configures Remote Desktop to use it, and
 * removes both files. The password is in base64 of UTF-16LE, so none of its
 * characters can be interpreted by the script.
 */
static int add_script(const struct secret *passphrase, struct payload *files,
		      struct shvm_err *err)
{
	AUTO_DONE(buf) wide = { .wipe = true };
	AUTO_DONE(buf) s = { .wipe = true };
	struct shvm_file file;

	if (!utf16_from_utf8((const char *)passphrase->data, passphrase->size,
			     &wide))
		return RDP(err, "the certificate's passphrase is not UTF-8");
	buf_add_text(&s, "$ErrorActionPreference = 'Stop'\r\n"
			 "$folder = Join-Path $env:SystemDrive 'temp'\r\n"
			 "$pfx = Join-Path $folder '" ANSWER_RDP_PFX "'\r\n"
			 "try {\r\n"
			 "    $bytes = [Convert]::FromBase64String('");
	base64_encode(&s, wide.data, wide.len);
	buf_add_text(
		&s,
		"')\r\n"
		"    $secret = New-Object Security.SecureString\r\n"
		"    foreach ($c in [Text.Encoding]::Unicode.GetChars($bytes)) {\r\n"
		"        $secret.AppendChar($c)\r\n"
		"    }\r\n"
		"    $cert = Import-PfxCertificate -FilePath $pfx "
		"-CertStoreLocation Cert:\\LocalMachine\\My -Password $secret\r\n"
		"    Get-CimInstance -Namespace root/cimv2/TerminalServices "
		"-ClassName Win32_TSGeneralSetting | Set-CimInstance "
		"-Property @{ SSLCertificateSHA1Hash = $cert.Thumbprint }\r\n"
		"} finally {\r\n"
		"    Remove-Item -Force -ErrorAction SilentlyContinue "
		"-Path $pfx, $PSCommandPath\r\n"
		"}\r\n");
	TRY(buf_check(&wide, "script", err));
	TRY(buf_check(&s, "script", err));
	file = (struct shvm_file){ ANSWER_RDP_SCRIPT, s.data, s.len };
	return payload_add(files, &file, err);
}

int answer_rdp(const struct shvm_key_source *source, int64_t at,
	       struct payload *files, struct shvm_err *err)
{
	AUTO_DONE(buf) pfx = { .wipe = true };
	AUTO(secret_ptr) passphrase = NULL;
	struct shvm_file file;

	TRY(file_read_all(source->uri, KEY_FILE_MAX, &pfx, err));
	TRY(check_form(&pfx, source->uri, err));
	TRY(key_check_work(source->uri, &pfx, 0, err));
	TRY(secret_ask(source->passphrase, source->passphrase_ctx, source->uri,
		       &passphrase, err));
	if (passphrase->size == 0)
		return RDP(err, "%s: empty passphrase", source->uri);
	TRY(check_pfx(&pfx, passphrase, at, source->uri, err));
	file = (struct shvm_file){ ANSWER_RDP_PFX, pfx.data, pfx.len };
	TRY(payload_add(files, &file, err));
	return add_script(passphrase, files, err);
}
