/*
 * The permissions of files apply to root without capabilities, too.
 * SPDX-License-Identifier: MIT
 */
#include "capabilities.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NUMBERS = 64, WORDS = _LINUX_CAPABILITY_U32S_3 };

void
capabilities_drop_bounding(void)
{
	/* EINVAL: behind the last one that the kernel knows. */
	for (int i = 0; i < NUMBERS; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1)
			break;
}

void
capabilities_drop(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[WORDS];

	memset(none, 0, sizeof(none));
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	syscall(SYS_capset, &head, none);
}

/* A capability that is not permitted can be neither effective nor ambient. */
bool
capabilities_are_dropped(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct now[WORDS];

	memset(now, 0, sizeof(now));
	if (syscall(SYS_capget, &head, now) == -1)
		return false;
	for (int i = 0; i < WORDS; i++)
		if (now[i].effective != 0 || now[i].permitted != 0 ||
			now[i].inheritable != 0)
			return false;
	return true;
}
