/* What formats refuse alike: see formats.h. */
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"

void ip_test_reader_refuses(int (*read)(const char *path, struct ip_bundle *b),
	const char *path, int rc, const char *part)
{
	struct ip_bundle b = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(read(path, &b), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&b, &none, sizeof b);
}

void ip_test_writer_refuses(int (*write)(const char *path,
	const struct ip_tensor *t, const double *pixel_size),
	const char *path)
{
	static const struct { enum ip_dtype dtype; int axes; size_t shape[4];
		const char *part; } bad[] = {
		{ IP_C64, 2, { 2, 3 }, "complex64" },
		{ IP_F32, 3, { 2, 3, 0 }, "without pixels" },
		{ IP_F32, 3, { 0, 3, 2 }, "without pixels" },
		{ IP_F32, 1, { 2 }, "1 axes" },
		{ IP_F32, 4, { 1, 1, 2, 2 }, "4 axes" },
	};
	struct ip_tensor t = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(ip_tensor_new(&t, bad[i].dtype, bad[i].axes,
			bad[i].shape), 0);
		ip_test_log_capture();
		assert_int_equal(write(path, &t, NULL), IP_EINVAL);
		ip_test_assert_logged(bad[i].part);
		ip_tensor_free(&t);
	}
	assert_false(ip_test_exists(path));
}
