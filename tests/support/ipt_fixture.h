/* A small .ipt with everything in it, for the tests of the format. */
#ifndef IP_TEST_IPT_FIXTURE_H
#define IP_TEST_IPT_FIXTURE_H

#include <iphase/bundle.h>

/* Every type; scalar, empty, text; attributes of every kind. */
void ip_test_bundle(struct ip_bundle *b);

/* Equal in names, types, shapes, bytes and attributes. */
int ip_test_same_attrs(const struct ip_attrs *a, const struct ip_attrs *b);
int ip_test_same_tensor(const struct ip_tensor *a, const struct ip_tensor *b);
int ip_test_same_bundle(const struct ip_bundle *a, const struct ip_bundle *b);

/*
 * What recovery may give of whole: some of its tensors, their attributes, and
 * of the last one perhaps only the first rows.
 */
int ip_test_part_of(const struct ip_bundle *part,
	const struct ip_bundle *whole);

#endif
