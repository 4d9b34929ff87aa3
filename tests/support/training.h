/* Runs of training, under test. */
#ifndef IP_TEST_TRAINING_H
#define IP_TEST_TRAINING_H

#include <iphase/training.h>
#include "support/network.h"
#include "support/pictures.h"

#define IP_TEST_SPECIMENS 3

/*
 * A network of feature size 12, first weights of seed 1, and pictures of
 * 32 x 64 of three specimens: two, one, two of them. All are learned in
 * batches of 2, one at once, for two epochs; nothing is checked.
 */
struct ip_test_training {
	struct ip_dev *dev;
	struct ip_trainer *t;
	struct ip_dataset *d;
	size_t list[5];
	struct ip_training how;
	struct ip_run run;
	/* calls that were made, and after how many steps one asks for an end */
	int steps, epochs, saves, end_after;
	const char *checkpoint;		/* where save puts one; NULL: nowhere */
	struct ip_attrs same;
};
void ip_test_training_open(struct ip_test_training *r,
	const struct ip_learning *learning);
void ip_test_training_close(struct ip_test_training *r);
/* The last of the specimens (two pictures) is checked, not learned. */
void ip_test_training_hold(struct ip_test_training *r);
/* ip_train with calls that count. */
int ip_test_training_run(struct ip_test_training *r);

/* Whether the two have the same weights, byte by byte. */
int ip_test_training_equal(struct ip_test_training *a,
	struct ip_test_training *b);

#endif
