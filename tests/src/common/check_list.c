/*
 * SPDX-License-Identifier: MIT
 */
#include "common/list.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "support/harness.h"

struct letter {
	char c;
	struct list_node node;
};

/* The letters of a chain of nodes. */
static const char *
spell(struct list_node *node)
{
	static char text[8];
	size_t len = 0;

	for (; node != NULL; node = node->next)
		text[len++] = container_of(node, struct letter, node)->c;
	text[len] = '\0';
	return text;
}

START_TEST(a_node_can_be_removed_from_any_position)
{
	static const char *const left[] = { "cb", "ca", "ba" };
	struct letter letters[] = { { .c = 'a' }, { .c = 'b' }, { .c = 'c' } };
	struct list list = { NULL };

	for (int i = 0; i < 3; i++)
		list_add(&list, &letters[i].node);
	ck_assert_str_eq(spell(list.first), "cba");
	list_remove(&letters[_i].node);
	ck_assert_str_eq(spell(list.first), left[_i]);
	list_add(&list, &letters[_i].node);
	ck_assert_uint_eq(strlen(spell(list.first)), 3);
	for (int i = 0; i < 3; i++)
		list_remove(&letters[i].node);
	ck_assert_ptr_null(list.first);
}
END_TEST

START_TEST(a_queue_returns_nodes_in_the_order_they_were_put)
{
	struct letter letters[] = { { .c = 'a' }, { .c = 'b' } };
	struct fifo fifo;

	fifo_init(&fifo);
	for (int round = 0; round < 2; round++) {
		ck_assert_ptr_null(fifo_get(&fifo));
		fifo_put(&fifo, &letters[0].node);
		fifo_put(&fifo, &letters[1].node);
		ck_assert_uint_eq(fifo.count, 2);
		ck_assert_ptr_eq(fifo_get(&fifo), &letters[0].node);
		ck_assert_ptr_eq(fifo_get(&fifo), &letters[1].node);
		ck_assert_uint_eq(fifo.count, 0);
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_node_can_be_removed_from_any_position, 3 },
		{ a_queue_returns_nodes_in_the_order_they_were_put, 0 },
	};

	return harness_run("list", tests, ROWS(tests));
}
