/* Plain double-precision loops that say what each op means. */
#ifndef IP_REF_H
#define IP_REF_H

#include <complex.h>
#include <stddef.h>
#include <iphase/backend.h>

typedef double complex ref_c;

/* out = sum over x of x exp(sign 2 pi i k r / n), directly; out != x. */
void ip_ref_fft2(ref_c *out, const ref_c *x, size_t nx, size_t ny, int sign);
void ip_ref_transmission(ref_c *t, const double *v, const double *aperture,
	const struct ip_band *band, double sigma);
/* psi in band layout, in place, through one slice. */
void ip_ref_slice(ref_c *psi, const ref_c *t, const ref_c *prop,
	const struct ip_band *band);
void ip_ref_detect(double *out, const ref_c *psi, const struct ip_pixels *p);
void ip_ref_scan(double *out, const ref_c *s, const ref_c *coef,
	const uint32_t *place, const struct ip_pixels *p, size_t columns,
	size_t sx, size_t sy);

/* pixels of all pictures; pre, bias and add may be NULL */
void ip_ref_linear(double *y, double *pre, const double *x, const double *w,
	const double *bias, const double *add, size_t pixels, size_t in,
	size_t out, enum ip_act act);
void ip_ref_attention(double *y, const double *qkv, const double *qkv_bias,
	const double *table, const struct ip_windows *s);
/* bias may be NULL */
void ip_ref_conv(double *y, const double *x, const double *w,
	const double *bias, const struct ip_map *in, size_t out, size_t k);
/* all maps packed */
void ip_ref_conv_transpose(double *y, const double *x, const double *w,
	const struct ip_map *in, size_t out);
/* add may be NULL */
void ip_ref_instance_norm(double *y, double *stats, const double *x,
	const double *add, const struct ip_map *in, double eps, double slope);
/* all maps packed; dx and dadd are replaced, add may be NULL */
void ip_ref_instance_norm_grad(double *dx, double *dadd, const double *dy,
	const double *x, const double *add, const struct ip_map *in,
	double eps, double slope);
/* all maps packed; add may be NULL */
void ip_ref_modulate(double *y, const double *x, const double *g,
	const double *add, const struct ip_map *in, int flat, double slope);
/* all are replaced; y says where it was above 0 */
void ip_ref_modulate_grad(double *dx, double *dg, double *dadd,
	const double *dy, const double *y, const double *x, const double *g,
	const struct ip_map *in, int flat, double slope);
/* gamma and beta may be NULL */
void ip_ref_layer_norm(double *y, const double *x, const double *gamma,
	const double *beta, size_t pixels, size_t c, double eps);
/* all are added to */
void ip_ref_conv_grad(double *dx, double *dw, double *dbias, const double *dy,
	const double *x, const double *w, const struct ip_map *in, size_t out,
	size_t k);
void ip_ref_conv_transpose_grad(double *dx, double *dw, const double *dy,
	const double *x, const double *w, const struct ip_map *in, size_t out);
void ip_ref_merge(double *y, const double *x, const struct ip_map *in);
void ip_ref_shrink(double *y, const double *x, const struct ip_map *in,
	size_t first, size_t count, size_t rows, size_t columns);

/* Gradients: what is added to and what is replaced is as with the ops. */
void ip_ref_linear_grad(double *dx, double *dw, double *dbias,
	const double *dy, const double *pre, const double *x, const double *w,
	size_t pixels, size_t in, size_t out);
void ip_ref_attention_grad(double *dqkv, double *dqkv_bias, double *dtable,
	const double *dy, const double *qkv, const double *qkv_bias,
	const double *table, const struct ip_windows *s);
void ip_ref_merge_grad(double *dx, const double *dy, const struct ip_map *in,
	int add);
/* all three are added to; dgamma and dbeta are not touched without gamma */
void ip_ref_layer_norm_grad(double *dx, double *dgamma, double *dbeta,
	const double *dy, const double *x, const double *gamma, size_t pixels,
	size_t c, double eps);

/* parts [2] and dp are replaced; the part is given and dp added to */
void ip_ref_loss_space(double *parts, double *dp, const double *p,
	const double *t, const struct ip_map *m, const double *weight);
double ip_ref_loss_fourier(double *dp, const double *p, const double *t,
	const struct ip_map *m, int orthonormal, double weight);
/* a step as PyTorch documents it */
void ip_ref_adamw(double *p, double *m, double *v, const double *g, size_t n,
	const struct ip_adamw *how);

#endif
