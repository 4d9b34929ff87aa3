#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "support/pictures.h"

/* A new tensor in lo .. hi, of float32 or float16. */
static void add(struct ip_bundle *b, const char *name, enum ip_dtype dtype,
	int ndim, const size_t *shape, double lo, double hi, uint64_t *seed)
{
	struct ip_tensor t = { 0 }, out = { 0 };

	assert_int_equal(ip_tensor_new(&t, IP_F32, ndim, shape), 0);
	for (size_t i = 0; i < ip_tensor_count(&t); i++)
		((float *)t.data)[i] = (float)(lo + (hi - lo) *
			ip_test_uniform(seed));
	assert_int_equal(ip_tensor_convert(&out, dtype, &t), 0);
	assert_int_equal(ip_bundle_add(b, name, &out, NULL), 0);
	ip_tensor_free(&t);
}

static void add_numbers(struct ip_bundle *b, const char *name,
	enum ip_dtype dtype, int ndim, size_t count, const double *v)
{
	struct ip_tensor from, to = { 0 };

	assert_int_equal(ip_tensor_wrap(&from, IP_F64, ndim, &count,
		(void *)v), 0);
	assert_int_equal(ip_tensor_convert(&to, dtype, &from), 0);
	assert_int_equal(ip_bundle_add(b, name, &to, NULL), 0);
}

static const double euler[] = { 10, 0.5, -0.25 };

void ip_test_data(struct ip_bundle *b, size_t count, size_t h, size_t w,
	uint64_t seed)
{
	size_t full[] = { count, 4, h, w }, maps[] = { count, h, w };
	int one = count == 1;
	double thickness[64], pixel[] = { 0.1, 0.1 };
	char material[32];

	assert_true(count <= 64);
	snprintf(material, sizeof material, "M%llu",
		(unsigned long long)seed);
	for (size_t i = 0; i < count; i++)
		thickness[i] = 20.0 * (double)(i + 1);
	memset(b, 0, sizeof *b);
	add(b, "segments", IP_F32, 4 - one, full + one, 0.01, 0.07, &seed);
	add(b, "potential_beam", IP_F32, 3 - one, maps + one, 0, 9000, &seed);
	add(b, "potential_zone", IP_F32, 3 - one, maps + one, 0, 90, &seed);
	add_numbers(b, "thickness", IP_F64, !one, count, thickness);
	add_numbers(b, "euler", IP_F64, 1, 3, euler);
	assert_int_equal(ip_attrs_text(&b->attrs, "material", material), 0);
	assert_int_equal(ip_attrs_number(&b->attrs, "energy", 200e3), 0);
	assert_int_equal(ip_attrs_f64(&b->attrs, "pixel_size", pixel, 2), 0);
}

char *ip_test_bundle_file(const char *name, struct ip_bundle *b)
{
	char *path = strdup(ip_test_tmp("%s", name));

	assert_int_equal(ip_ipt_save(path, b, 0), 0);
	ip_bundle_free(b);
	return path;
}

char *ip_test_data_file(const char *name, size_t count, size_t h, size_t w,
	uint64_t seed)
{
	struct ip_bundle b;

	ip_test_data(&b, count, h, w, seed);
	return ip_test_bundle_file(name, &b);
}

void ip_test_reference(struct ip_bundle *b, size_t h, size_t w, uint64_t seed)
{
	size_t full[] = { 4, h, w };
	double thickness = 80;

	memset(b, 0, sizeof *b);
	add(b, "input", IP_F16, 3, full, 0, 0.1, &seed);
	add(b, "potential", IP_F32, 2, full + 1, 0, 9000, &seed);
	add_numbers(b, "thickness_nm", IP_F32, 0, 1, &thickness);
	add_numbers(b, "rotation", IP_F32, 1, 3, euler);
}

void ip_test_replace(struct ip_bundle *b, const char *name,
	enum ip_dtype dtype, int ndim, const size_t *shape, double value)
{
	struct ip_item *item = ip_bundle_find(b, name);
	struct ip_tensor t = { 0 }, all = { 0 };

	assert_non_null(item);
	if (ndim < 0) {		/* nobody looks for this name */
		item->name[0] = '-';
		return;
	}
	assert_int_equal(ip_tensor_new(&t, IP_F64, ndim, shape), 0);
	for (size_t i = 0; i < ip_tensor_count(&t); i++)
		((double *)t.data)[i] = value;
	assert_int_equal(ip_tensor_convert(&all, dtype, &t), 0);
	ip_tensor_free(&t);
	ip_tensor_free(&item->tensor);
	item->tensor = all;
}

struct ip_dataset *ip_test_dataset(const char *const *paths, size_t n)
{
	struct ip_dataset *d = NULL;

	assert_int_equal(ip_dataset_open(&d, paths, n, IP_TRUTH_BEAM), 0);
	return d;
}
