/*
 * Every function of prong.h: modules call them, and the linker would leave
 * out of the program what nothing in it calls.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXPORTS_H
#define EXPORTS_H

extern void (*const exports[])(void);

#endif
