/* SPDX-License-Identifier: MIT */
/* Network adapters of a machine, as cloud-init's network-config version 2. */
#ifndef PDK_NETWORK_H
#define PDK_NETWORK_H

#include "pdk/fabric.h"

enum {
	NETWORK_ADAPTERS = 8, /* as answer files have at most; ours */
	NETWORK_LIST = 8,     /* addresses, name servers, routes of one; ours */
	NETWORK_TEXT = 64
};

struct network_list {
	char items[NETWORK_LIST][NETWORK_TEXT];
	size_t count;
};

struct network_route {
	char to[NETWORK_TEXT], via[NETWORK_TEXT];
};

struct network_adapter {
	bool is_used;
	char mac[18]; /* "" is not known */
	struct network_list addresses, name_servers;
	char gateway4[NETWORK_TEXT], gateway6[NETWORK_TEXT];
	struct network_route routes[NETWORK_LIST];
	size_t route_count;
};

/* Start as { 0 }. */
struct network {
	struct network_adapter adapters[NETWORK_ADAPTERS];
};

/*
 * Put a value in; text has len bytes, white space around it not counted.
 * SHVM_E_VERIFY with reason "value-refused" and a text that has the value.
 */
int network_set_mac(struct network_adapter *a, const char *text,
		    struct shvm_err *err);
int network_add_address(struct network_adapter *a, const char *text,
			struct shvm_err *err);
int network_add_name_server(struct network_adapter *a, const char *text,
			    struct shvm_err *err);
/* to NULL: all that no other route is for. */
int network_add_route(struct network_adapter *a, const char *to,
		      const char *via, struct shvm_err *err);

/* What @MACAddr-n@, @IP4Addr-n@, @IP6Addr-n@, @NextHop-n-m@ with @Prefix-n-m@
 * and @DnsAddr-n-m@ say; fabric may be NULL. */
int network_from_fabric(const struct shvm_fabric *fabric, struct network *ret,
			struct shvm_err *err);

/* Without an adapter only comments: cloud-init then uses DHCP on the first card. */
int network_write(const struct network *n, struct buf *ret,
		  struct shvm_err *err);

#endif
