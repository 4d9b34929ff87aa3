/* iphase-dataset: what there is of each crystal, as a table. */
#include <stdlib.h>
#include <string.h>
#include "dataset_tool.h"

/* Upper ends of the bins of thickness, nm; the last has none. */
static const double ends[IP_DS_BINS - 1] = { 5, 20, 50, 100, 200 };

struct ip_ds_row *ip_ds_row(struct ip_ds_table *t,
	const struct ip_plan_specimen *s)
{
	const char *crystal = s->crystal ? s->crystal : "invented";
	struct ip_ds_row *r = t->rows;

	for (; r < t->rows + t->count; r++)
		if (strcmp(r->group, s->group) == 0 &&
		    strcmp(r->crystal, crystal) == 0)
			return r;
	r = realloc(t->rows, (t->count + 1) * sizeof *r);
	if (!r) {
		ip_cli_error(IP_ENOMEM, "out of memory");
		return NULL;
	}
	t->rows = r;
	r += t->count++;
	*r = (struct ip_ds_row){ .group = s->group, .crystal = crystal,
		.pixels = s->pixels };
	return r;
}

void ip_ds_count(struct ip_ds_row *r, const struct ip_plan_specimen *s)
{
	/* four segments and two potentials, float32, compressed */
	const double each = 6 * 4 * 0.65;
	size_t b;

	r->specimens++;
	r->pictures += s->rotations * s->thicknesses;
	r->bytes += each * (double)(s->rotations * s->thicknesses) *
		(double)s->pixels * (double)s->pixels;
	for (size_t i = 0; i < s->thicknesses; i++) {
		for (b = 0; b < IP_DS_BINS - 1 && s->thickness[i] >= ends[b];
				b++)
			;
		r->bin[b] += s->rotations;
	}
}

void ip_ds_put_bins(const struct ip_ds_table *t)
{
	static const char *const names[IP_DS_BINS] = { "<5", "5-20", "20-50",
		"50-100", "100-200", ">200" };

	printf("%-16s %-20s %9s %8s", "group", "crystal", "specimens",
		"pictures");
	for (int b = 0; b < IP_DS_BINS; b++)
		printf(" %7s", names[b]);
	puts(" nm");
	for (size_t i = 0; i < t->count; i++) {
		const struct ip_ds_row *r = &t->rows[i];

		printf("%-16s %-20s %9zu %8zu", r->group, r->crystal,
			r->specimens, r->pictures);
		for (int b = 0; b < IP_DS_BINS; b++)
			printf(" %7zu", r->bin[b]);
		putchar('\n');
	}
}
