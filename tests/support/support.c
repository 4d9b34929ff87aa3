/* What the tests share: see support.h. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

enum { PATH_SIZE = 4096 };

/* run.sh starts each program in an empty folder; by hand, make one in /tmp */
const char *ip_test_tmpdir(void)
{
	static char dir[PATH_SIZE];

	if (dir[0])
		return dir;
	if (getenv("IP_BUILDDIR")) {
		assert_non_null(getcwd(dir, sizeof dir));
		return dir;
	}
	strcpy(dir, "/tmp/iphase-test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	return dir;
}

const char *ip_test_tmp(const char *fmt, ...)
{
	static char path[PATH_SIZE];
	int n;
	va_list ap;

	n = snprintf(path, sizeof path, "%s/", ip_test_tmpdir());
	va_start(ap, fmt);
	n += vsnprintf(path + n, sizeof path - (size_t)n, fmt, ap);
	va_end(ap);
	assert_true((size_t)n < sizeof path);
	return path;
}

const char *ip_test_srcdir(void)
{
	static const char *const tries[] = { ".", "..", "../..", "../../.." };
	const char *dir = getenv("IP_SRCDIR");
	char probe[64];
	size_t i;

	if (dir)
		return dir;
	for (i = 0; i < sizeof tries / sizeof *tries; i++) {
		snprintf(probe, sizeof probe, "%s/tests/support/support.h",
			tries[i]);
		if (ip_test_exists(probe))
			return tries[i];
	}
	fail_msg("set IP_SRCDIR to the top of the source tree");
	return NULL;
}

const char *ip_test_src(const char *rel)
{
	static char path[PATH_SIZE];

	assert_true(snprintf(path, sizeof path, "%s/%s", ip_test_srcdir(),
		rel) < (int)sizeof path);
	return path;
}

const char *ip_test_shared(const char *rel)
{
	static char path[PATH_SIZE];
	const char *dir = getenv("IP_SHARED");

	if (dir)
		snprintf(path, sizeof path, "%s/%s", dir, rel);
	else
		snprintf(path, sizeof path, "%s/../shared/%s",
			ip_test_srcdir(), rel);
	return ip_test_exists(path) ? path : NULL;
}

/* got and want are read through these, so that one loop serves both types */
static double at(const void *p, size_t i, int is_double)
{
	return is_double ? ((const double *)p)[i] :
		(double)((const float *)p)[i];
}

static double max_rel(const char *what, const void *got, const void *want,
	size_t n, double tol, int dbl)
{
	double worst = 0, top = 0, d;
	size_t i, where = 0;

	for (i = 0; i < n; i++) {
		top = fmax(top, fabs(at(want, i, dbl)));
		d = fabs(at(got, i, dbl) - at(want, i, dbl));
		if (isnan(d))
			d = INFINITY;
		if (d > worst) {
			worst = d;
			where = i;
		}
	}
	if (top > 0)
		worst /= top;
	if (tol < 0 || !(worst <= tol))
		fprintf(stderr, "# %s: relative difference %.3g (bound %.3g), "
			"largest at %zu of %zu: got %.17g, want %.17g\n",
			what, worst, tol, where, n,
			n ? at(got, where, dbl) : 0,
			n ? at(want, where, dbl) : 0);
	return worst;
}

double ip_test_max_rel(const char *what, const double *got,
	const double *want, size_t n, double tol)
{
	return max_rel(what, got, want, n, tol, 1);
}

double ip_test_max_relf(const char *what, const float *got,
	const float *want, size_t n, double tol)
{
	return max_rel(what, got, want, n, tol, 0);
}

unsigned char *ip_test_read(const char *path, size_t *size)
{
	struct stat st;
	unsigned char *data;
	FILE *f = fopen(path, "rb");

	if (!f)
		fail_msg("%s: cannot be opened", path);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	*size = fread(data, 1, (size_t)st.st_size, f);
	assert_int_equal(*size, (size_t)st.st_size);
	data[*size] = 0;
	fclose(f);
	return data;
}

void ip_test_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		fail_msg("%s: cannot be made", path);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

int ip_test_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* splitmix64 */
uint64_t ip_test_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double ip_test_uniform(uint64_t *state)
{
	return (double)(ip_test_random(state) >> 11) * 0x1p-53;
}
