/* What is in a file, and what this machine can compute with. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include <iphase/ipt.h>
#include <iphase/threads.h>
#include "cli.h"
#include "info.h"

#define PIECE (8u << 20)	/* elements looked at in one go */
#define TEXT_SHOWN 200		/* characters of a text */

static int backends, check, recover, headers;
static double reflections;
static const char *against;

static const struct ip_opt options[] = {
	{ "against", 0, "FILE", "how far the numbers are from those of this "
		"file", IP_OPT_TEXT, &against },
	{ "reflections", 0, "Q", "of a bonding term, what it changes up to Q "
		"1/Angstrom", IP_OPT_REAL, &reflections },
	{ "headers", 0, NULL, "do not read the data: no ranges of values",
		IP_OPT_FLAG, &headers },
	{ "recover", 0, NULL, "show what is whole of a damaged .ipt file",
		IP_OPT_FLAG, &recover },
	{ "backends", 0, NULL, "list devices, their operations, instruction"
		" sets", IP_OPT_FLAG, &backends },
	{ "check", 0, NULL, "try each operation of each device against"
		" cpu-openmp", IP_OPT_FLAG, &check },
	{ 0 }
};

/* ---- attributes ---- */

static void put_text(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < TEXT_SHOWN; i++)
		putchar((unsigned char)s[i] >= ' ' && s[i] != 127 ? s[i] :
			s[i] == '\n' ? '|' : '?');
	if (n > TEXT_SHOWN)
		printf("... (%zu characters)", n);
}

static void put_attr(const struct ip_attr *a)
{
	size_t i, shown = a->count < 12 ? a->count : 12;

	printf("  %-18s", a->key);
	if (a->type == IP_ATTR_TEXT) {
		putchar(' ');
		put_text(a->v.text, a->count);
	}
	for (i = 0; a->type == IP_ATTR_F64 && i < shown; i++)
		printf(" %.10g", a->v.f64[i]);
	for (i = 0; a->type == IP_ATTR_I64 && i < shown; i++)
		printf(" %" PRId64, a->v.i64[i]);
	if (a->type != IP_ATTR_TEXT && a->count > shown)
		printf(" ... (%zu numbers)", a->count);
	putchar('\n');
}

static void put_attrs(const struct ip_attrs *a, const char *but)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!but || strcmp(a->items[i].key, but) != 0)
			put_attr(&a->items[i]);
}

/* ---- values ---- */

/* Of complex numbers: of their magnitude. */
struct stats {
	size_t count, bad;	/* finite, not finite */
	double lo, hi, sum;
};

static void add_value(struct stats *s, double v)
{
	if (!isfinite(v)) {
		s->bad++;
		return;
	}
	if (s->count++ == 0)
		s->lo = s->hi = v;
	s->lo = v < s->lo ? v : s->lo;
	s->hi = v > s->hi ? v : s->hi;
	s->sum += v;
}

static int add_tensor(struct stats *s, const struct ip_tensor *t)
{
	struct ip_tensor d;
	size_t n = ip_tensor_count(t), i;
	const float *c;
	int rc;

	rc = ip_tensor_convert(&d, t->dtype == IP_C64 ? IP_C64 : IP_F64, t);
	if (rc < 0)
		return rc;
	c = d.data;
	for (i = 0; i < n; i++)
		add_value(s, t->dtype == IP_C64 ? hypot(c[2 * i],
			c[2 * i + 1]) : ((const double *)d.data)[i]);
	ip_tensor_free(&d);
	return 0;
}

static void put_stats(const struct stats *s, const struct ip_tensor *t)
{
	const char *what = t->dtype == IP_C64 ? "  |z|" : "";

	if (s->count == 1 && s->bad == 0)
		printf("%s  %.7g", what, s->lo);
	else if (s->count > 0)
		printf("%s  min %.5g  mean %.5g  max %.5g", what, s->lo,
			s->sum / (double)s->count, s->hi);
	if (s->bad)
		printf("  %zu not finite", s->bad);
}

/* ---- one tensor ---- */

static void put_head(const struct ip_item *item)
{
	const struct ip_tensor *t = &item->tensor;
	const char *unit = ip_attrs_get_text(&item->attrs, "unit");
	int d;

	printf("%-20s %s", item->name, ip_dtype_name(t->dtype));
	if (t->ndim == 0)
		printf(" scalar");
	else
		putchar(' ');
	for (d = 0; d < t->ndim; d++)
		printf("%s%zu", d ? " x " : "", t->shape[d]);
	if (unit && *unit)
		printf("  [%s]", unit);
}

static void put_content(const struct ip_tensor *t)
{
	printf("  \"");
	put_text(t->data, ip_tensor_count(t));
	putchar('"');
}

static int put_item(const struct ip_item *item)
{
	struct stats s = { 0 };
	int rc = 0;

	put_head(item);
	if (item->tensor.dtype == IP_TEXT) {
		put_content(&item->tensor);
	} else if (!headers) {
		rc = add_tensor(&s, &item->tensor);
		put_stats(&s, &item->tensor);
	}
	putchar('\n');
	put_attrs(&item->attrs, "unit");
	return rc;
}

/* The values of a tensor of an .ipt, a few rows at a time. */
static int scan_tensor(struct ip_ipt *f, size_t i, struct stats *s)
{
	const struct ip_tensor *head = &ip_ipt_item(f, i)->tensor;
	size_t rows, row, first, n, step;
	struct ip_tensor t;
	int rc = 0;

	if (ip_tensor_count(head) == 0)
		return 0;
	if (head->ndim == 0) {
		rc = ip_ipt_read(f, i, &t);
		if (rc == 0)
			rc = add_tensor(s, &t);
		if (rc == 0)
			ip_tensor_free(&t);
		return rc;
	}
	rows = head->shape[0];
	row = ip_tensor_count(head) / rows;
	step = row < PIECE ? PIECE / row : 1;
	for (first = 0; first < rows && rc == 0; first += n) {
		n = rows - first < step ? rows - first : step;
		rc = ip_ipt_rows(f, i, first, n, &t);
		if (rc < 0)
			return rc;
		rc = add_tensor(s, &t);
		ip_tensor_free(&t);
	}
	return rc;
}

static void put_layout(const struct ip_ipt *f, size_t i)
{
	const struct ip_tensor *t = &ip_ipt_item(f, i)->tensor;
	double raw = (double)ip_tensor_count(t) *
		(double)ip_dtype_size(t->dtype);
	struct ip_ipt_layout l;

	ip_ipt_layout(f, i, &l);
	printf("  (%zu %schunk%s", l.chunks, l.chunks && !l.packed ?
		"stored " : "", l.chunks == 1 ? "" : "s");
	if (l.packed)
		printf(", %.0f %%", 100 * (double)l.stored / raw);
	printf("%s)", l.grows ? ", grows" : "");
}

static int put_ipt_item(struct ip_ipt *f, size_t i)
{
	const struct ip_item *item = ip_ipt_item(f, i);
	struct stats s = { 0 };
	struct ip_tensor t;
	int rc = 0;

	put_head(item);
	if (item->tensor.dtype == IP_TEXT && !headers) {
		rc = ip_ipt_read(f, i, &t);
		if (rc == 0) {
			put_content(&t);
			ip_tensor_free(&t);
		}
	} else if (!headers) {
		rc = scan_tensor(f, i, &s);
		if (rc == 0)
			put_stats(&s, &item->tensor);
	}
	if (rc < 0)
		printf("  DAMAGED");
	put_layout(f, i);
	putchar('\n');
	put_attrs(&item->attrs, "unit");
	return rc;
}

/* ---- files ---- */

static void put_title(const char *path, enum ip_kind kind, size_t count)
{
	printf("%s: %s, %zu tensor%s\n", path, ip_cli_kind_name(kind), count,
		count == 1 ? "" : "s");
}

static int info_ipt(const char *path)
{
	struct ip_ipt *f;
	size_t i;
	int rc, worst = 0;

	rc = ip_ipt_open(&f, path, recover ? IP_IPT_RECOVER : 0);
	if (rc < 0)
		return rc;
	put_title(path, IP_KIND_IPT, ip_ipt_count(f));
	put_attrs(ip_ipt_attrs(f), NULL);
	for (i = 0; i < ip_ipt_count(f); i++) {
		rc = put_ipt_item(f, i);
		worst = rc < 0 ? rc : worst;
	}
	ip_ipt_close(f);
	return worst;
}

static int info(const char *path)
{
	struct ip_bundle b = { 0 };
	enum ip_kind kind;
	size_t i;
	int rc;

	rc = ip_cli_kind(path, &kind);
	if (rc < 0)
		return rc;
	if (kind == IP_KIND_IPT)
		return info_ipt(path);
	rc = ip_cli_load(path, 0, &b);
	if (rc < 0)
		return rc;
	put_title(path, kind, b.count);
	put_attrs(&b.attrs, NULL);
	if (kind == IP_KIND_CUBE)
		ip_info_cube(&b);
	for (i = 0; i < b.count && rc == 0; i++)
		rc = put_item(&b.items[i]);
	ip_bundle_free(&b);
	return rc;
}

/* ---- backends ---- */

static void put_ops(const struct ip_ops *ops)
{
	printf("  %-18s", "operations");
#define PUT(op) printf(" %s%s", #op, ops->op ? "" : " (not implemented)");
	IP_OPS(PUT)
#undef PUT
	putchar('\n');
}

static int info_backends(void)
{
	static const enum ip_isa all[] = { IP_ISA_BASELINE, IP_ISA_AVX2,
		IP_ISA_AVX512, IP_ISA_NEON };
	const struct ip_backend *const *b;
	char text[256], *what;
	size_t k;
	int i, n;

	for (b = ip_backends(); *b; b++) {
		n = (*b)->probe();
		printf("%s: %d device%s\n", (*b)->name, n, n == 1 ? "" : "s");
		for (i = 0; i < n; i++) {
			if ((*b)->describe(i, text, sizeof text) < 0)
				continue;
			what = strchr(text, ':');
			*what = '\0';
			printf("  %s:%-*s %s\n", (*b)->name,
				(int)(17 - strlen((*b)->name)), text, what + 2);
		}
		put_ops((*b)->ops);
	}
	printf("this processor\n  %-18s %d\n  %-18s %s\n  %-18s", "threads",
		ip_threads(), "in use", ip_isa_name(ip_isa()),
		"instruction sets");
	for (k = 0; k < sizeof all / sizeof *all; k++)
		if (ip_isa_has(all[k]))
			printf(" %s", ip_isa_name(all[k]));
	putchar('\n');
	return 0;
}

static int run(const struct ip_cli *c)
{
	int i, rc, worst = 0;

	if (!backends && !check && c->count == 0)
		return ip_cli_usage(c, "no file is given");
	if (backends)
		worst = info_backends();
	if (backends && check)
		putchar('\n');
	if (check && (rc = ip_info_check()) < 0)
		worst = rc;
	for (i = 0; i < c->count; i++) {
		if (i > 0 || backends || check)
			putchar('\n');
		rc = reflections > 0 ? ip_info_reflections(c->operands[i],
			reflections, against) : against ?
			ip_info_against(c->operands[i], against) :
			info(c->operands[i]);
		worst = rc < 0 ? rc : worst;
	}
	return worst;
}

int main(int argc, char **argv)
{
	struct ip_cli c = {
		.name = "iphase-info",
		.usage = "FILE...",
		.what = "Show what is in files: tensors, units, ranges,"
			" attributes.\nKnows .ipt, .npz, .npy, .pt,"
			" .safetensors, .cube, .xyz, .cif, gray .png,"
			"\n.tif, .mrc, .dm3, .dm4, .emd, .hspy and .h5.",
		.options = options,
		.common = IP_CLI_THREADS,
	};

	return ip_cli_main(&c, argc, argv, run);
}
