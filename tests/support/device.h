/* The device under test, which cmocka's setup opens and teardown closes. */
#ifndef IP_TEST_DEVICE_H
#define IP_TEST_DEVICE_H

#include <iphase/backend.h>

extern struct ip_dev *dev;		/* cpu-openmp */
extern const struct ip_ops *ops;	/* of dev */
/* In place of the one there is, which comes back at the close. */
int ip_test_dev_open(void **state);
int ip_test_dev_close(void **state);

#endif
