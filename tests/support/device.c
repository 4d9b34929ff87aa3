/* The device under test. */
#include <string.h>
#include "device.h"

struct ip_dev *dev;
const struct ip_ops *ops;

int ip_test_dev_open(void **state)
{
	*state = dev;
	if (ip_dev_open(&dev, NULL) < 0)
		return -1;
	ops = ip_dev_backend(dev)->ops;
	return 0;
}

int ip_test_dev_close(void **state)
{
	ip_dev_close(dev);
	dev = *state;
	return 0;
}

int ip_test_on_cpu(void)
{
	return strcmp(ip_dev_backend(dev)->name, "cpu-openmp") == 0;
}
