/*
 * Ports for servers under test.
 * SPDX-License-Identifier: MIT
 */
#ifndef PORT_H
#define PORT_H

/*
 * A TCP port of 127.0.0.1 that no other test has, in any suite that runs on
 * this machine, and that no client gets from the kernel.  It is this process's
 * until it ends; a second one is another port.
 */
int port_take(void);

#endif
