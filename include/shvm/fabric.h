/* SPDX-License-Identifier: MIT */
/*
 * Fabric data (FSK): the values that a fabric supplies for one VM. C99 and
 * C++ clean. The layout is specific to shvm (docs/FORMAT-FSK.md); Microsoft's
 * is not public.
 */
#ifndef SHVM_FABRIC_H
#define SHVM_FABRIC_H

#include <shvm/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Keys with values that a fabric supplies for one VM. Public data. */
struct shvm_fabric;

/**
 * shvm_fabric_new() - empty fabric data
 * @ret: receives them; release with shvm_fabric_free()
 */
SHVM_API SHVM_MUST_CHECK int shvm_fabric_new(struct shvm_fabric **ret,
					     struct shvm_err *err);

/**
 * shvm_fabric_free() - release fabric data
 * @fabric: the fabric data; NULL is fine
 */
SHVM_API void shvm_fabric_free(struct shvm_fabric *fabric);

/**
 * shvm_fabric_load() - read an FSK
 * @path: the file, with any name
 * @ret: receives them; release with shvm_fabric_free()
 *
 * Errors: SHVM_E_IO, _FORMAT, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_fabric_load(const char *path,
					      struct shvm_fabric **ret,
					      struct shvm_err *err);

/**
 * shvm_fabric_add() - one pair
 * @fabric: the fabric data
 * @key: UTF-8, not empty; must not exist yet
 * @value: UTF-8, not empty
 *
 * A key that is not a placeholder is kept and never substituted. Control
 * characters are refused, and so are values that no system accepts, for keys
 * that the Windows documentation names.
 * Errors: SHVM_E_ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_fabric_add(struct shvm_fabric *fabric,
					     const char *key, const char *value,
					     struct shvm_err *err);

/**
 * shvm_fabric_count() - number of pairs
 * @fabric: the fabric data
 *
 * Return: their number.
 */
SHVM_API size_t shvm_fabric_count(const struct shvm_fabric *fabric);

/**
 * shvm_fabric_key() - the key of a pair
 * @fabric: the fabric data
 * @i: number of the pair, below the count
 *
 * Return: the text, which belongs to the fabric data.
 */
SHVM_API const char *shvm_fabric_key(const struct shvm_fabric *fabric,
				     size_t i);

/**
 * shvm_fabric_value() - the value of a pair
 * @fabric: the fabric data
 * @i: number of the pair, below the count
 *
 * Return: the text, which belongs to the fabric data.
 */
SHVM_API const char *shvm_fabric_value(const struct shvm_fabric *fabric,
				       size_t i);

/**
 * shvm_fabric_key_is_token() - is a key a placeholder?
 * @key: a key of fabric data
 *
 * Only keys of "@", letters, digits, ".", "_" or "-", "@" are substituted.
 */
SHVM_API bool shvm_fabric_key_is_token(const char *key);

/**
 * shvm_fabric_encode() - the bytes of an FSK
 * @fabric: the fabric data
 * @ret: receives the bytes; release with shvm_free()
 * @ret_size: receives the number of bytes
 *
 * Errors: SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_fabric_encode(
	const struct shvm_fabric *fabric, uint8_t **ret, size_t *ret_size,
	struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
