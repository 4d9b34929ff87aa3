/* Memory: aligned, zeroed, overflow-checked, and able to fail on request. */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"

#define ALIGN 64u

static long fail_after = -1;

void ip_alloc_fail_after(long n)
{
	fail_after = n;
}

static int may_alloc(void)
{
	long left = __atomic_load_n(&fail_after, __ATOMIC_RELAXED);

	if (left < 0)
		return 1;
	if (left == 0)
		return 0;
	__atomic_store_n(&fail_after, left - 1, __ATOMIC_RELAXED);
	return 1;
}

int ip_mul_size(size_t a, size_t b, size_t *r)
{
	if (b && a > SIZE_MAX / b)
		return 1;
	*r = a * b;
	return 0;
}

int ip_add_size(size_t a, size_t b, size_t *r)
{
	if (a > SIZE_MAX - b)
		return 1;
	*r = a + b;
	return 0;
}

/*
 * calloc, not posix_memalign and memset: pages of a big block stay untouched
 * until used. The pointer that calloc gave lies just before the block.
 */
void *ip_alloc(size_t size)
{
	size_t total;
	char *raw, *p;

	if (ip_add_size(size, ALIGN + sizeof raw, &total) || !may_alloc() ||
	    !(raw = calloc(1, total))) {
		ip_fail(IP_ENOMEM, "out of memory: %zu bytes wanted", size);
		return NULL;
	}
	p = raw + sizeof raw;
	p += (ALIGN - (uintptr_t)p % ALIGN) % ALIGN;
	memcpy(p - sizeof raw, &raw, sizeof raw);
	return p;
}

void *ip_alloc_array(size_t n, size_t size)
{
	size_t total;

	if (ip_mul_size(n, size, &total)) {
		ip_fail(IP_ENOMEM, "out of memory: %zu elements of %zu bytes"
			" wanted", n, size);
		return NULL;
	}
	return ip_alloc(total);
}

void ip_free(void *p)
{
	char *raw;

	if (!p)
		return;
	memcpy(&raw, (char *)p - sizeof raw, sizeof raw);
	free(raw);
}

char *ip_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = ip_alloc(n);

	if (p)
		memcpy(p, s, n);
	return p;
}

int ip_ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

char *ip_format(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		ip_fail(IP_EINVAL, "a text could not be formatted");
		return NULL;
	}
	p = ip_alloc((size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

int ip_grow(void *p, size_t *cap, size_t need, size_t size)
{
	void *old, *q;
	size_t n = *cap;

	if (need <= n)
		return 0;
	n = n > SIZE_MAX / 2 || 2 * n < need ? need : 2 * n;
	q = ip_alloc_array(n, size);
	if (!q)
		return IP_ENOMEM;
	memcpy(&old, p, sizeof old);
	if (old)
		memcpy(q, old, *cap * size);
	ip_free(old);
	memcpy(p, &q, sizeof q);
	*cap = n;
	return 0;
}
