/*
 * Jobs of modules on the work pool: prong_work() and prong_work_always().
 * SPDX-License-Identifier: MIT
 */
#ifndef WORK_H
#define WORK_H

#include "common/list.h"

/*
 * Cancels the jobs of a context or an instance that ends: those that wait are
 * not run, and of none the owner is told.
 */
void work_cancel_all(struct list *);

#endif
