/* The inside of a network that learns. */
#ifndef IP_TRAINER_H
#define IP_TRAINER_H

#include <iphase/train.h>
#include "net/net.h"

struct ip_trainer {
	struct ip_net *net;
	struct ip_weights *list;	/* of the network's own places */
	struct ip_learning how;
	/* each like net->weights, padding zero; averaged only if it is kept */
	struct ip_buf gradients, moment1, moment2, averaged;
	struct ip_buf sum;		/* of squares: a number */
	uint64_t steps;
	int spoiled;			/* by a loss that was not finite */
};

size_t ip_trainer_count(const struct ip_trainer *t);	/* numbers in each */

#endif
