/* SPDX-License-Identifier: MIT */
/* Is the test built with a sanitizer, of gcc or of clang? SANITIZED is 0 or 1. */
#ifndef TESTS_UNIT_SUPPORT_SAN_H
#define TESTS_UNIT_SUPPORT_SAN_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
