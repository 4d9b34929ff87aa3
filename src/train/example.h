/* Between the files that make examples. */
#ifndef IP_TRAIN_EXAMPLE_H
#define IP_TRAIN_EXAMPLE_H

#include "dataset.h"

/* Another seed for each number, of what is drawn from stream. */
uint64_t ip_data_key(uint64_t seed, uint32_t stream, uint64_t number);

/*
 * Whether picture i can become an example, and of which size. Says what to do
 * about it if not.
 */
int ip_example_check(const struct ip_dataset *d, size_t i,
	const struct ip_feeding *how, size_t size[2]);

#endif
