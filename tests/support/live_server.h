/*
 * The module that answers later and in parts, for system tests: "live", below
 * "/live/".
 * SPDX-License-Identifier: MIT
 */
#ifndef LIVE_SERVER_H
#define LIVE_SERVER_H

#include <stdbool.h>

#include "support/server.h"

/* One worker; timeouts: members of "timeouts", as a literal. */
#define LIVE_CONF(timeouts)                                                    \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\","                                            \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\","                \
	"\"format\": \"json\"}},"                                              \
	"\"timeouts\": {\"drain_delay\": \"0s\", " timeouts "},"               \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

/* server_serve() with lines at error level that may come. */
void live_serve(struct server *, const char *conf, const char *tolerated);

/* Do the module's counters hold this text now?  Within the deadline? */
bool live_is_counted(struct server *, const char *text);
void live_assert_counted(struct server *, const char *text);

/* prong reload, which must say yes. */
void live_reload(struct server *);

#endif
