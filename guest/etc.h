/* SPDX-License-Identifier: MIT */
/*
 * Small files of a Linux's /etc, as far as rules about templates need them.
 * Everything in them may be hostile; what is returned is printable.
 */
#ifndef GUEST_ETC_H
#define GUEST_ETC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * fstab(5): does a line that has to be mounted name its device by a name that
 * depends on the controller or on the order of the disks? Then ret receives the
 * first, "line 3: /dev/sda1".
 */
bool etc_fstab_device(const char *text, size_t len, char *ret, size_t size);

/* os-release(5): PRETTY_NAME without its quotes; "" without one. */
void etc_release_name(const char *text, size_t len, char *ret, size_t size);

/* shadow(5): has an account a password, or none to be asked for? Then ret
 * receives the names, as far as there is room, "root, admin". */
bool etc_shadow_passwords(const char *text, size_t len, char *ret, size_t size);

/* machine-id(5): is there one? */
bool etc_has_machine_id(const char *text, size_t len);

/* One more name in a list such as "a, b"; the first that does not fit becomes
 * "...". */
void etc_list_add(char *list, size_t size, const char *name, size_t len);

#endif
