/*
 * Forward transforms of 1 to 16 points, LANES at a time, in registers where
 * there are enough. The arrays' indices are constants once inlined.
 * Afterwards frequency p of an r-point transform is in x[dft_place(r, p)].
 */
#ifndef IP_DFT_H
#define IP_DFT_H

#include "vector.h"

INLINE struct cvec c_add(struct cvec a, struct cvec b)
{
	struct cvec r = { a.re + b.re, a.im + b.im };
	return r;
}

INLINE struct cvec c_sub(struct cvec a, struct cvec b)
{
	struct cvec r = { a.re - b.re, a.im - b.im };
	return r;
}

/* a - i b, a + i b */
INLINE struct cvec c_sub_i(struct cvec a, struct cvec b)
{
	struct cvec r = { a.re + b.im, a.im - b.re };
	return r;
}

INLINE struct cvec c_add_i(struct cvec a, struct cvec b)
{
	struct cvec r = { a.re - b.im, a.im + b.re };
	return r;
}

/* a + s b */
INLINE struct cvec c_axpy(struct cvec a, ip_real s, struct cvec b)
{
	struct cvec r = { a.re + s * b.re, a.im + s * b.im };
	return r;
}

INLINE struct cvec c_scale(ip_real s, struct cvec b)
{
	struct cvec r = { s * b.re, s * b.im };
	return r;
}

/* a (re + i im) */
INLINE struct cvec c_turn(struct cvec a, ip_real re, ip_real im)
{
	struct cvec r = { a.re * re - a.im * im, a.im * re + a.re * im };
	return r;
}

INLINE void dft2(struct cvec *x, int a, int b)
{
	struct cvec t = x[a];

	x[a] = c_add(t, x[b]);
	x[b] = c_sub(t, x[b]);
}

INLINE void dft3(struct cvec *x, int a, int b, int c)
{
	const ip_real s = (ip_real)0.86602540378443864676;
	struct cvec t = c_add(x[b], x[c]), d = c_scale(s, c_sub(x[b], x[c]));
	struct cvec m = c_axpy(x[a], (ip_real)-0.5, t);

	x[a] = c_add(x[a], t);
	x[b] = c_sub_i(m, d);
	x[c] = c_add_i(m, d);
}

INLINE void dft4(struct cvec *x, int a, int b, int c, int d)
{
	struct cvec s = c_add(x[a], x[c]), u = c_sub(x[a], x[c]);
	struct cvec t = c_add(x[b], x[d]), v = c_sub(x[b], x[d]);

	x[a] = c_add(s, t);
	x[b] = c_sub_i(u, v);
	x[c] = c_sub(s, t);
	x[d] = c_add_i(u, v);
}

INLINE void dft5(struct cvec *x, int a, int b, int c, int d, int e)
{
	const ip_real s1 = (ip_real)0.95105651629515357212;
	const ip_real s2 = (ip_real)0.58778525229247312917;
	const ip_real q = (ip_real)0.55901699437494742410;	/* sqrt 5 / 4 */
	struct cvec p1 = c_add(x[b], x[e]), m1 = c_sub(x[b], x[e]);
	struct cvec p2 = c_add(x[c], x[d]), m2 = c_sub(x[c], x[d]);
	struct cvec p = c_add(p1, p2), w = c_sub(p1, p2);
	struct cvec m = c_axpy(x[a], (ip_real)-0.25, p);
	struct cvec u = c_axpy(m, q, w), v = c_axpy(m, -q, w);
	struct cvec f = c_axpy(c_scale(s2, m2), s1, m1);
	struct cvec g = c_axpy(c_scale(-s1, m2), s2, m1);

	x[a] = c_add(x[a], p);
	x[b] = c_sub_i(u, f);
	x[e] = c_add_i(u, f);
	x[c] = c_sub_i(v, g);
	x[d] = c_add_i(v, g);
}

INLINE void dft7(struct cvec *x)
{
	const ip_real c1 = (ip_real)0.62348980185873353053;
	const ip_real c2 = (ip_real)-0.22252093395631440429;
	const ip_real c3 = (ip_real)-0.90096886790241912624;
	const ip_real s1 = (ip_real)0.78183148246802980871;
	const ip_real s2 = (ip_real)0.97492791218182360702;
	const ip_real s3 = (ip_real)0.43388373911755812048;
	struct cvec p1 = c_add(x[1], x[6]), m1 = c_sub(x[1], x[6]);
	struct cvec p2 = c_add(x[2], x[5]), m2 = c_sub(x[2], x[5]);
	struct cvec p3 = c_add(x[3], x[4]), m3 = c_sub(x[3], x[4]);
	struct cvec a, b;

	a = c_axpy(c_axpy(c_axpy(x[0], c1, p1), c2, p2), c3, p3);
	b = c_axpy(c_axpy(c_scale(s1, m1), s2, m2), s3, m3);
	x[1] = c_sub_i(a, b);
	x[6] = c_add_i(a, b);
	a = c_axpy(c_axpy(c_axpy(x[0], c2, p1), c3, p2), c1, p3);
	b = c_axpy(c_axpy(c_scale(s2, m1), -s3, m2), -s1, m3);
	x[2] = c_sub_i(a, b);
	x[5] = c_add_i(a, b);
	a = c_axpy(c_axpy(c_axpy(x[0], c3, p1), c1, p2), c2, p3);
	b = c_axpy(c_axpy(c_scale(s3, m1), -s1, m2), s2, m3);
	x[3] = c_sub_i(a, b);
	x[4] = c_add_i(a, b);
	x[0] = c_add(x[0], c_add(p1, c_add(p2, p3)));
}

/* 8 = 4 x 2 */
INLINE void dft8(struct cvec *x)
{
	const ip_real h = (ip_real)0.70710678118654752440;
	struct cvec t;

	dft4(x, 0, 2, 4, 6);
	dft4(x, 1, 3, 5, 7);
	dft2(x, 0, 1);
	t.re = x[3].re + x[3].im;		/* (1 - i) times */
	t.im = x[3].im - x[3].re;
	x[3] = c_axpy(x[2], -h, t);
	x[2] = c_axpy(x[2], h, t);
	t = x[5];
	x[5] = c_add_i(x[4], t);
	x[4] = c_sub_i(x[4], t);
	t.re = x[7].im - x[7].re;		/* -(1 + i) times */
	t.im = -x[7].re - x[7].im;
	x[7] = c_axpy(x[6], -h, t);
	x[6] = c_axpy(x[6], h, t);
}

/* 9 = 3 x 3 */
INLINE void dft9(struct cvec *x)
{
	dft3(x, 0, 3, 6);
	dft3(x, 1, 4, 7);
	dft3(x, 2, 5, 8);
	x[4] = c_turn(x[4], (ip_real)0.76604444311897803520,
		(ip_real)-0.64278760968653932632);
	x[5] = c_turn(x[5], (ip_real)0.17364817766693034885,
		(ip_real)-0.98480775301220805937);
	x[7] = c_turn(x[7], (ip_real)0.17364817766693034885,
		(ip_real)-0.98480775301220805937);
	x[8] = c_turn(x[8], (ip_real)-0.93969262078590838405,
		(ip_real)-0.34202014332566873304);
	dft3(x, 0, 1, 2);
	dft3(x, 3, 4, 5);
	dft3(x, 6, 7, 8);
}

/* 6, 10, 12, 15: coprime factors need no twiddles */
INLINE void dft6(struct cvec *x)
{
	dft3(x, 0, 2, 4);
	dft3(x, 3, 5, 1);
	dft2(x, 0, 3);
	dft2(x, 2, 5);
	dft2(x, 4, 1);
}

INLINE void dft10(struct cvec *x)
{
	dft5(x, 0, 2, 4, 6, 8);
	dft5(x, 5, 7, 9, 1, 3);
	dft2(x, 0, 5);
	dft2(x, 2, 7);
	dft2(x, 4, 9);
	dft2(x, 6, 1);
	dft2(x, 8, 3);
}

INLINE void dft12(struct cvec *x)
{
	dft3(x, 0, 4, 8);
	dft3(x, 3, 7, 11);
	dft3(x, 6, 10, 2);
	dft3(x, 9, 1, 5);
	dft4(x, 0, 3, 6, 9);
	dft4(x, 4, 7, 10, 1);
	dft4(x, 8, 11, 2, 5);
}

INLINE void dft15(struct cvec *x)
{
	dft5(x, 0, 3, 6, 9, 12);
	dft5(x, 5, 8, 11, 14, 2);
	dft5(x, 10, 13, 1, 4, 7);
	dft3(x, 0, 5, 10);
	dft3(x, 3, 8, 13);
	dft3(x, 6, 11, 1);
	dft3(x, 9, 14, 4);
	dft3(x, 12, 2, 7);
}

/* 16 = 4 x 4 */
INLINE void dft16(struct cvec *x)
{
	const ip_real h = (ip_real)0.70710678118654752440;
	const ip_real c = (ip_real)0.92387953251128675613;
	const ip_real s = (ip_real)0.38268343236508977173;
	struct cvec t;

	dft4(x, 0, 4, 8, 12);
	dft4(x, 1, 5, 9, 13);
	dft4(x, 2, 6, 10, 14);
	dft4(x, 3, 7, 11, 15);
	x[5] = c_turn(x[5], c, -s);
	x[7] = c_turn(x[7], s, -c);
	x[13] = c_turn(x[13], s, -c);
	x[15] = c_turn(x[15], -c, s);
	t = x[6];
	x[6].re = h * (t.re + t.im);
	x[6].im = h * (t.im - t.re);
	t = x[9];
	x[9].re = h * (t.re + t.im);
	x[9].im = h * (t.im - t.re);
	t = x[10];
	x[10].re = t.im;
	x[10].im = -t.re;
	t = x[11];
	x[11].re = h * (t.im - t.re);
	x[11].im = -h * (t.re + t.im);
	t = x[14];
	x[14].re = h * (t.im - t.re);
	x[14].im = -h * (t.re + t.im);
	dft4(x, 0, 1, 2, 3);
	dft4(x, 4, 5, 6, 7);
	dft4(x, 8, 9, 10, 11);
	dft4(x, 12, 13, 14, 15);
}

INLINE void dft(int r, struct cvec *x)
{
	switch (r) {
	case 2: dft2(x, 0, 1); break;
	case 3: dft3(x, 0, 1, 2); break;
	case 4: dft4(x, 0, 1, 2, 3); break;
	case 5: dft5(x, 0, 1, 2, 3, 4); break;
	case 6: dft6(x); break;
	case 7: dft7(x); break;
	case 8: dft8(x); break;
	case 9: dft9(x); break;
	case 10: dft10(x); break;
	case 12: dft12(x); break;
	case 15: dft15(x); break;
	case 16: dft16(x); break;
	default: break;
	}
}

INLINE int dft_place(int r, int p)
{
	switch (r) {
	case 6: return (3 * (p % 2) + 2 * (p % 3)) % 6;
	case 8: return 2 * (p % 4) + p / 4;
	case 9: return 3 * (p % 3) + p / 3;
	case 10: return (5 * (p % 2) + 2 * (p % 5)) % 10;
	case 12: return (3 * (p % 4) + 4 * (p % 3)) % 12;
	case 15: return (5 * (p % 3) + 3 * (p % 5)) % 15;
	case 16: return 4 * (p % 4) + p / 4;
	default: return p;
	}
}

#endif
