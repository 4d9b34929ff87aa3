/* The device under test, which cmocka's setup opens and teardown closes. */
#ifndef IP_TEST_DEVICE_H
#define IP_TEST_DEVICE_H

#include <iphase/backend.h>

/* Of the backend that IPHASE_BACKEND names, or else cpu-openmp. */
extern struct ip_dev *dev;
extern const struct ip_ops *ops;	/* of dev */
/* In place of the one there is, which comes back at the close. */
int ip_test_dev_open(void **state);
int ip_test_dev_close(void **state);
/* Whether it is the processor, which alone has threads and instruction sets to
 * choose from, and host memory that can run out. */
int ip_test_on_cpu(void);

#endif
