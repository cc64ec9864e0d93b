/*
 * trouble.h, in the kind that is named by this file.
 * SPDX-License-Identifier: MIT
 */
#define HANGS

#include "trouble.h"
