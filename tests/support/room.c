/* Watched buffers: see room.h. */
#include "room.h"

/* bytes of what is not a number: one that is read by mistake shows */
enum { EDGE = 64, MARK = 0xff };

struct ip_test_room ip_test_room_of(struct ip_dev *dev, double *x, size_t n)
{
	const struct ip_backend *b = ip_dev_backend(dev);
	struct ip_test_room r = { dev, { NULL, 0, 0 }, { NULL, 0, 0 }, x, n };
	size_t size = n * sizeof(ip_real), i;
	ip_real *real = malloc(size + 1);
	unsigned char *edges = malloc(size + 2 * EDGE);

	memset(edges, MARK, size + 2 * EDGE);
	assert_int_equal(b->alloc(dev, &r.whole, size + 2 * EDGE), 0);
	assert_int_equal(b->put(dev, &r.whole, 0, edges, size + 2 * EDGE), 0);
	r.buf = r.whole;
	r.buf.offset += EDGE;
	r.buf.size = size;
	for (i = 0; i < n; i++) {
		real[i] = (ip_real)x[i];
		x[i] = (double)real[i];
	}
	assert_int_equal(b->put(dev, &r.buf, 0, real, size), 0);
	free(real);
	free(edges);
	return r;
}

struct ip_test_room ip_test_room(struct ip_dev *dev, size_t n, uint64_t seed,
	double scale)
{
	double *x = malloc(n * sizeof(*x) + 1);
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = scale * (2 * ip_test_uniform(&seed) - 1);
	return ip_test_room_of(dev, x, n);
}

const double *ip_test_room_get(struct ip_test_room *r)
{
	const struct ip_backend *b = ip_dev_backend(r->dev);
	size_t size = r->n * sizeof(ip_real), i;
	unsigned char edge[EDGE], mark[EDGE];
	ip_real *real = malloc(size + 1);

	memset(mark, MARK, EDGE);
	assert_int_equal(b->get(r->dev, &r->whole, 0, edge, EDGE), 0);
	assert_memory_equal(edge, mark, EDGE);
	assert_int_equal(b->get(r->dev, &r->whole, EDGE + size, edge, EDGE),
		0);
	assert_memory_equal(edge, mark, EDGE);
	assert_int_equal(b->get(r->dev, &r->buf, 0, real, size), 0);
	for (i = 0; i < r->n; i++)
		r->host[i] = (double)real[i];
	free(real);
	return r->host;
}

void ip_test_room_drop(struct ip_test_room *r)
{
	ip_dev_backend(r->dev)->free(r->dev, &r->whole);
	free(r->host);
	r->host = NULL;
}

double *ip_test_room_copy(const struct ip_test_room *r)
{
	double *x = malloc(r->n * sizeof(*x) + 1);

	return memcpy(x, r->host, r->n * sizeof(*x));
}

void ip_test_room_put(struct ip_test_room *r, double *x)
{
	size_t n = r->n;

	ip_test_room_drop(r);
	*r = ip_test_room_of(r->dev, x ? x : calloc(n + 1, sizeof(*x)), n);
}

void ip_test_room_untouched(struct ip_test_room *r)
{
	double *was = ip_test_room_copy(r);

	assert_memory_equal(ip_test_room_get(r), was, r->n * sizeof(*was));
	free(was);
}

void ip_test_room_expect(const char *what, struct ip_test_room *r,
	const double *want, double tolerance)
{
	assert_ptr_not_equal(want, r->host);
	ip_test_assert_close(what, ip_test_room_get(r), want, r->n, tolerance);
}

void ip_test_buf_same(struct ip_dev *dev, const struct ip_buf *a,
	const struct ip_buf *b)
{
	const struct ip_backend *back = ip_dev_backend(dev);
	unsigned char *x = malloc(a->size + 1), *y = malloc(a->size + 1);

	assert_int_equal(back->get(dev, a, 0, x, a->size), 0);
	assert_int_equal(back->get(dev, b, 0, y, a->size), 0);
	assert_memory_equal(x, y, a->size);
	free(x);
	free(y);
}

void ip_test_room_same(const struct ip_test_room *a,
	const struct ip_test_room *b)
{
	ip_test_buf_same(a->dev, &a->whole, &b->whole);
}

struct ip_buf ip_test_third(struct ip_buf buf, size_t n)
{
	buf.size /= 3;
	buf.offset += n * buf.size;
	return buf;
}

double ip_test_dot(const double *a, const double *b, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}
