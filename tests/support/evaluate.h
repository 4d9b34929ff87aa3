/* What the tests of iphase-evaluate share: files for it, and what it says. */
#ifndef IP_TEST_EVALUATE_H
#define IP_TEST_EVALUATE_H

#include <iphase/infer.h>
#include <iphase/metrics.h>

/* Run it in the scratch folder, output to "out" and "err"; its exit status. */
int ip_test_evaluate(const char *arguments);
/* Fail unless part is in file of the scratch folder. */
void ip_test_said(const char *file, const char *part);

/* ---- pictures ---- */

enum { IP_TEST_T = 3, IP_TEST_H = 24, IP_TEST_W = 20,
	IP_TEST_HW = IP_TEST_H * IP_TEST_W };
extern const double ip_test_depth[IP_TEST_T], ip_test_angles[3];

/* Smooth bumps and noise, positive, float32; kind chooses which. */
struct ip_tensor ip_test_pictures(int ndim, const size_t *shape, int kind);
/*
 * As iphase-simulate and iphase-infer write them, IP_TEST_T pictures: s has
 * segments, p a prediction, t the truth, - no thickness.
 */
void ip_test_measured(struct ip_bundle *b, const char *parts);
void ip_test_add(struct ip_bundle *b, const char *name, struct ip_tensor t);
void ip_test_add_numbers(struct ip_bundle *b, const char *name, int ndim,
	size_t n, const double *v);
/* To the scratch folder, .ipt or .npz. */
void ip_test_save(struct ip_bundle *b, const char *name);
/* Picture i of tensor name. */
void ip_test_view(struct ip_tensor *v, const struct ip_bundle *b,
	const char *name, size_t i);

/* ---- a network ---- */

/* The golden weights as m.ipt, scale 5000, with something to say; truth: NULL
 * for the attribute not to be there. */
void ip_test_evaluate_model(struct ip_model *m, const char *truth);
/* Views of picture i. */
void ip_test_measurement_of(struct ip_measurement *in, const struct ip_bundle *b,
	size_t i);
/* What m.ipt makes of it, with m's scale. */
void ip_test_infer(const struct ip_model *m, const struct ip_measurement *in,
	struct ip_tensor *potential);

/* ---- figures ---- */

/* A CSV file of the scratch folder; row 0 is the head. free() text. */
struct ip_test_csv {
	char *text, *cell[64][40];
	size_t rows, columns;
};
void ip_test_table(struct ip_test_csv *t, const char *name);
const char *ip_test_cell(const struct ip_test_csv *t, size_t row,
	const char *name);
/* Bit for bit, which is what 17 digits promise. */
void ip_test_assert_cell(const struct ip_test_csv *t, size_t row,
	const char *name, double want);
void ip_test_assert_metrics(const struct ip_test_csv *t, size_t row,
	const struct ip_metrics *m);
void ip_test_assert_reference(const struct ip_test_csv *t, size_t row,
	const struct ip_metrics_reference *m);
/* The reference's table of a prediction in V Angstrom. */
void ip_test_reference_of(const struct ip_tensor *p,
	const struct ip_tensor *t, double scale, int clip01,
	struct ip_metrics_reference *m);

/* b as bad.ipt is refused so, and that leaves no files. */
void ip_test_refused(struct ip_bundle *b, const char *arguments,
	const char *said);

#endif
