/* ImageJ's description: a line KEY=VALUE for each of what it knows. */
#include <math.h>
#include <string.h>
#include "number.h"
#include "rows.h"
#include "tiff.h"

/* The value of a key, n bytes, or NULL. */
static const char *find(const char *text, const char *key, size_t *n)
{
	size_t k = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, k) == 0 && text[k] == '=') {
			*n = strcspn(text + k + 1, "\r\n");
			return text + k + 1;
		}
	}
	return NULL;
}

static double number(const char *text, const char *key, double fallback)
{
	size_t n;
	const char *p = find(text, key, &n);
	double v;

	return p && ip_number_get(&p, p + n, &v) == 0 && !isinf(v) ? v :
		fallback;
}

int ip_imagej_parse(const char *text, struct ip_imagej *j)
{
	double images = number(text, "images", 1);
	const char *unit;
	size_t n;

	memset(j, 0, sizeof *j);
	j->images = 1;
	if (strncmp(text, "ImageJ=", 7) != 0)
		return 0;
	if (images >= 1 && images < 1e15)
		j->images = (uint64_t)images;
	unit = find(text, "unit", &n);
	if (unit)
		j->unit = ip_length_unit(unit, n);
	/* function 0 is a straight line, 20 and 21 are none */
	if (find(text, "cf", &n)) {
		int f = (int)fmax(0, fmin(99, number(text, "cf", 99)));

		j->c[0] = number(text, "c0", 0);
		j->c[1] = number(text, "c1", 1);
		j->straight = f == 0 && (j->c[0] != 0 || j->c[1] != 1);
		j->curved = f != 0 && f != 20;
	}
	return 1;
}
