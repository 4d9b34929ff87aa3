/* The hot loops, built once an instruction set. */
#ifndef IP_LOOPS_H
#define IP_LOOPS_H

#include <stddef.h>
#include <iphase/real.h>

/*
 * A transform of n points for as many arrays at once as a vector has lanes.
 * A panel holds an element a cell, 64-byte aligned: 'lanes' real parts, then
 * 'lanes' imaginary parts. The first transform leaves its frequencies in the
 * order of mixed radix digits reversed, the one back takes them so: between the
 * two only the order of what they are multiplied with matters.
 */
enum { IP_STAGES = 32 };
struct ip_lanes {
	size_t n, lanes, stages;
	int radix[IP_STAGES];
	const ip_real *twiddle[IP_STAGES];
	const size_t *frequency;	/* at each place of the reversed order */
	const size_t *place;		/* of each frequency */
	const size_t *linear;		/* i -> 2 lanes i */
	void *memory;			/* of all these */
};

/* What the transformed panel is multiplied with. */
enum ip_factor {
	IP_FACTOR_PANEL,	/* sign -1: a panel's element a place */
	IP_FACTOR_ONE,		/* sign -1: one complex number for all lanes */
	IP_FACTOR_ROW,		/* sign +1: 'lanes' complex numbers, any
				 * alignment */
	IP_FACTOR_POINT		/* sign +1: one complex number for all lanes */
};

/*
 * out <- back transform of (factor times transform of in), the first with the
 * factor's sign. Element i is in[in_at[i]] and out[out_at[i]], place p is
 * multiplied with factor[factor_at[p]], all offsets in reals. work holds a
 * panel of n elements, and may be in or out.
 */
struct ip_pass {
	const struct ip_lanes *lanes;
	enum ip_factor kind;
	const ip_real *in, *factor;
	const size_t *in_at, *factor_at, *out_at;
	ip_real *work, *out;
};

/* Numbers a column: (x - mean) scale + shift. */
struct ip_columns {
	const ip_real *mean, *scale, *shift;
};

/*
 * The gradient of the op instance_norm in rows of 'columns' numbers: v of
 * y = f(v) is y for y > 0, else inverse y; g = dy for y > 0, else slope dy;
 * xhat = v - add. Rows of dy and y are pitch apart. add and dadd may be NULL,
 * dx or dadd may be dy.
 */
struct ip_norm_grad {
	size_t rows, columns, pitch;
	const ip_real *dy, *y, *add;
	ip_real slope, inverse;
	/* sums: of g and of g xhat of each column */
	double *g, *product;
	/* apply: dadd = g, dx = scale g - constant - linear xhat */
	const ip_real *scale, *constant, *linear;
	ip_real *dx, *dadd;
};

/*
 * The gradient of the op modulate in rows of 'columns' numbers; rows of dy and
 * y are pitch apart. v' = dy for y > 0, else slope dy; dadd = v', which may be
 * NULL. dx or dadd may be dy.
 * Pixels: g and dg [rows][2][columns], dx = v' (1 + g's first),
 * dg = v' x and v'.
 * Flat: dx = v' scale; product and sum get those of v' x and v' over the rows.
 */
struct ip_modulate_grad {
	size_t rows, columns, pitch;
	const ip_real *dy, *y, *x;
	ip_real slope;
	ip_real *dx, *dadd;
	const ip_real *g, *scale;
	ip_real *dg;
	double *product, *sum;
};

/*
 * The gradient of the op layer_norm for rows of c numbers, those of dy pitch
 * apart; gamma may be NULL. sums [2][whole vectors], aligned, gets gamma's and
 * beta's. dx, to which it is added if 'add', may be dy.
 */
struct ip_layer_grad {
	size_t rows, c, pitch, sums_pitch;
	const ip_real *dy, *x, *gamma;
	ip_real *dx, *sums;
	double eps;
	int add;
};

/*
 * A head of a window: out = softmax(q k' scale + bias + mask) v. Queries are
 * columns, 'pitch' of them, a multiple of 'lanes'. Powers are of two: scale,
 * bias and mask have log2 e in them. What it works in is 64-byte aligned.
 */
struct ip_head {
	size_t tokens, dim, pitch;
	size_t channels;		/* from q to k, from k to v */
	const ip_real *const *in;	/* each token's q, from 'first' on */
	const ip_real *const *next;	/* what will be read next */
	ip_real *const *out;		/* where to, likewise; NULL: nowhere */
	size_t first;
	ip_real scale;
	const ip_real *bias, *mask;	/* [tokens][pitch]; mask may be NULL */
	ip_real *q, *o;			/* room: [dim][pitch] */
	ip_real *k, *v;			/* [tokens][dim] */
	ip_real *logit;			/* [tokens][pitch] */
};

/*
 * Its gradient: of q, k and v replaced at 'out', from that of what the head
 * gave; that of the logits is added to table [tokens][pitch]. What would go to
 * tokens without 'out' is added to spare [3][dim].
 */
struct ip_head_grad {
	size_t tokens, dim, pitch;
	size_t wide;			/* dim in full vectors */
	size_t channels;		/* from q to k, from k to v */
	const ip_real *const *in;	/* each token's q, from 'first' on */
	const ip_real *const *dy;	/* likewise; NULL: zeros */
	ip_real *const *out;		/* likewise; NULL: to spare */
	const ip_real *const *next;	/* of in; what will be read next */
	const ip_real *const *next_dy;
	size_t first;
	ip_real scale;			/* with log2 e in it, as above */
	ip_real unit;			/* without */
	const ip_real *bias, *mask;	/* [tokens][pitch]; mask may be NULL */
	ip_real *table, *spare;
	ip_real *q, *g, *dq;		/* room: [dim][pitch] */
	ip_real *q_rows, *k, *v, *g_rows;	/* [tokens][wide] */
	ip_real *p, *ds;		/* [tokens][pitch] */
};

/*
 * c [rows][columns] = start + a b, a [rows][depth], at most 3 vectors of
 * columns. Rows of c, start and a are pitches apart (0: one for all); start
 * may be NULL, for zeros, and c. Rows of b are whole vectors.
 */
struct ip_product {
	size_t rows, columns, depth;
	size_t a_pitch, b_pitch, start_pitch, c_pitch;
	const ip_real *a, *b, *start;
	ip_real *c;
};

/*
 * y = f(c) + add of a block, rows of y, add and pre pitch apart, those of c
 * whole vectors and aligned. pre gets c; it and add may be NULL, y may be add.
 */
struct ip_finish {
	size_t rows, columns, c_pitch, pitch;
	const ip_real *c, *add;
	ip_real *y, *pre;
	int gelu;			/* or f is nothing */
};

/*
 * m <- m + share1 (d - m), v <- v + share2 (d^2 - v), d = scale g;
 * p <- p - rate m / (root sqrt(v) + eps) - decay p.
 */
struct ip_step {
	ip_real scale, share1, share2, rate, root, eps, decay;
};

/* Complex numbers are (real, imaginary) pairs; n counts complex elements. */
struct ip_loops {
	size_t lanes;
	void (*pass)(const struct ip_pass *pass);
	/* work <- the transform in reversed order; in natural order, in place,
	 * from reversed order */
	void (*forth)(const struct ip_lanes *f, ip_real *work,
		const ip_real *in, const size_t *in_at, int sign);
	void (*back)(const struct ip_lanes *f, ip_real *work, int sign);
	/*
	 * in: 'lanes' rows of m cells, pitch reals apart; out: a panel of
	 * m 'lanes' elements, rows and columns exchanged; and back.
	 */
	void (*turn_in)(ip_real *out, const ip_real *in, size_t pitch,
		size_t m);
	void (*turn_out)(ip_real *out, size_t pitch, const ip_real *in,
		size_t m);
	/*
	 * m rows of width <= 'lanes' pairs, any alignment, pitch reals apart,
	 * times scale, to m cells whose other lanes are zero; and back.
	 */
	void (*split)(ip_real *out, const ip_real *in, size_t pitch, size_t m,
		size_t width, ip_real scale);
	void (*join)(ip_real *out, size_t pitch, const ip_real *in, size_t m,
		size_t width);
	/* cells: out zero but for out[at[j]] = in[j], j < m; out has n */
	void (*spread)(ip_real *out, size_t n, const ip_real *in,
		const size_t *at, size_t m);
	/* cells: out[j] = in[at[j]] factor[j], j < m; factor NULL: ones */
	void (*collect)(ip_real *out, const ip_real *in, const size_t *at,
		const ip_real *factor, size_t m);
	/* out[i] = x[i] y[i], n pairs */
	void (*multiply)(ip_real *out, const ip_real *x, const ip_real *y,
		size_t n);
	/* |x|^2 of m cells: m vectors */
	void (*norm)(ip_real *out, const ip_real *in, size_t m);
	/* sum <- sum + weight x, n numbers, in double */
	void (*add)(double *sum, const ip_real *x, double weight, size_t n);
	/* m cells of exp(i sigma v), v m rows of width <= 'lanes' reals,
	 * pitch apart; the other lanes 1 */
	void (*phase)(ip_real *out, const ip_real *v, size_t pitch,
		double sigma, size_t m, size_t width);

	/* of each column of x [rows][columns]: mean, sum of squared
	 * deviations from it */
	void (*moments)(double *mean, double *squares, const ip_real *x,
		size_t rows, size_t columns);
	/* y = f((x - mean) scale + shift + add), f(v) = v for v > 0, else
	 * slope v; rows of y pitch apart; add may be NULL, y x or add */
	void (*normalise)(ip_real *y, size_t pitch, const ip_real *x,
		const ip_real *add, const struct ip_columns *a, size_t rows,
		size_t columns, ip_real slope);
	/* y = f(x (1 + scale) + shift + add), g [rows][2][columns] of scale
	 * and shift; else like normalise */
	void (*modulate)(ip_real *y, size_t pitch, const ip_real *x,
		const ip_real *g, const ip_real *add, size_t rows,
		size_t columns, ip_real slope);
	/* the op layer_norm of rows of c numbers */
	void (*layer_norm)(ip_real *y, size_t pitch, const ip_real *x,
		const ip_real *gamma, const ip_real *beta, size_t rows,
		size_t c, double eps);
	void (*norm_grad_sums)(const struct ip_norm_grad *n);
	void (*norm_grad)(const struct ip_norm_grad *n);
	void (*modulate_grad)(const struct ip_modulate_grad *n);
	void (*modulate_grad_flat)(const struct ip_modulate_grad *n);
	void (*layer_norm_grad)(const struct ip_layer_grad *n);
	void (*attend)(const struct ip_head *a);
	void (*attend_grad)(const struct ip_head_grad *a);
	/* to [depth][pitch] <- the transpose of w [columns][depth], zeros in
	 * the other columns; pitch is a multiple of 'lanes' */
	void (*pack)(ip_real *to, size_t pitch, const ip_real *w,
		size_t columns, size_t depth);
	void (*finish)(const struct ip_finish *f);
	/*
	 * d = dy gelu'(pre), dy if pre is NULL, rows of n numbers, d's pitch
	 * apart and in whole vectors with zeros behind; sum [n], too, has the
	 * sums over the rows added.
	 */
	void (*slope)(ip_real *d, size_t pitch, const ip_real *dy,
		const ip_real *pre, size_t rows, size_t n, ip_real *sum);
	void (*product)(const struct ip_product *p);
	/* the same with a' for a, which is [depth][rows] */
	void (*product_turned)(const struct ip_product *p);
	/*
	 * A tile of 4 x 4 pixels of a convolution 3 x 3, n channels of it.
	 * Lines are row, pixels pitch apart. In: v [36][n], step apart, from
	 * the 6 x 6 pixels around; at least 'lanes' numbers a pixel are read
	 * and written. Out: y, or what is added to it, from m [36][n]; bias
	 * may be NULL, and is if y is added to. The gradient of that out:
	 * d [36][n], in whole vectors with zeros behind, from dy.
	 */
	void (*tile_in)(ip_real *v, size_t step, const ip_real *x, size_t row,
		size_t pitch, size_t n);
	void (*tile_out)(ip_real *y, size_t row, size_t pitch,
		const ip_real *m, size_t step, const ip_real *bias, int add,
		size_t n);
	void (*tile_dy)(ip_real *d, size_t step, const ip_real *dy, size_t row,
		size_t pitch, size_t n);
	/*
	 * Its weights: u [36][depth][n], step and pitch apart, from the n
	 * columns of w [9][depth][out], taps 'tap' apart; turned: from the n
	 * rows, row apart, of w [9][..][depth], taps in reverse. The gradient:
	 * dw [9][rows][out] has n columns added to from u [36][rows][n].
	 */
	void (*tile_weights)(ip_real *u, size_t step, size_t pitch,
		const ip_real *w, size_t tap, size_t out, size_t depth,
		size_t n);
	void (*tile_weights_turned)(ip_real *u, size_t step, size_t pitch,
		const ip_real *w, size_t tap, size_t row, size_t depth,
		size_t n);
	void (*tile_dw)(ip_real *dw, size_t tap, size_t out, const ip_real *u,
		size_t step, size_t pitch, size_t rows, size_t n);

	double (*sum_squares)(const ip_real *x, size_t n);
	void (*adamw)(ip_real *p, ip_real *m, ip_real *v, const ip_real *g,
		size_t n, const struct ip_step *step);
};

const struct ip_loops *ip_loops(void);	/* of ip_isa() */

#endif
