/* Between the files of a run of training. */
#ifndef IP_TRAIN_RUN_H
#define IP_TRAIN_RUN_H

#include <iphase/training.h>

/* How a trainer's state calls the weights (iphase/train.h). */
#define IP_TRAINER_WEIGHTS "weights/"

/* Copies of the best's weights, called PREFIX NAME. */
int ip_run_best(const struct ip_run *run, const char *prefix,
	struct ip_bundle *b);
/* One more row. */
int ip_run_add(struct ip_run *run, const struct ip_epoch *row);
/* sum += by * add */
void ip_loss_add(struct ip_loss_parts *sum, double by,
	const struct ip_loss_parts *add);

/* All of how->check, into row's check, pearson and mae (NAN if there are
 * none). IP_ENUMBER, naming the picture, if an answer is not finite. */
int ip_train_check(struct ip_trainer *t, const struct ip_training *how,
	struct ip_epoch *row);

#endif
