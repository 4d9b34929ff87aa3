/*
 * The lattice perpendicular to a beam. Integers decide what they can: the
 * vectors n with n . h = 0 are found without rounding once the plane (hkl)
 * is known; only which plane is perpendicular to an axis is a matter of angles.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "crystal.h"
#include "lattice.h"

/* Lengths this close, relatively, are equal: a cell has five digits. */
#define SAME 1e-4

void ip_lattice_vector(const double cell[3][3], const int n[3], double r[3])
{
	for (int k = 0; k < 3; k++)
		r[k] = n[0] * cell[0][k] + n[1] * cell[1][k] +
			n[2] * cell[2][k];
}

static int divisor(int a, int b)
{
	a = abs(a);
	b = abs(b);
	while (b) {
		int r = a % b;
		a = b;
		b = r;
	}
	return a;
}

int ip_lattice_coprime(int n[3])
{
	int g = divisor(n[0], divisor(n[1], n[2]));

	for (int k = 0; g && k < 3; k++)
		n[k] /= g;
	return g;
}

/* The greatest common divisor g = a x + b y, g >= 0. */
static int bezout(int a, int b, int *x, int *y)
{
	int u[2] = { 1, 0 }, v[2] = { 0, 1 }, r[2] = { a, b };

	while (r[1]) {
		int q = r[0] / r[1], t;
		t = r[0] - q * r[1], r[0] = r[1], r[1] = t;
		t = u[0] - q * u[1], u[0] = u[1], u[1] = t;
		t = v[0] - q * v[1], v[0] = v[1], v[1] = t;
	}
	*x = r[0] < 0 ? -u[0] : u[0];
	*y = r[0] < 0 ? -v[0] : v[0];
	return abs(r[0]);
}

/*
 * p and q span {n : n . h = 0}, for p x q = -h has coprime components; s is
 * of the next plane, s . h = 1.
 */
static void integer_basis(const int h[3], int p[3], int q[3], int s[3])
{
	int x, y, u, v, g = bezout(h[0], h[1], &x, &y);

	if (g == 0) {
		memcpy(p, (int[]){ 1, 0, 0 }, 3 * sizeof *p);
		memcpy(q, (int[]){ 0, 1, 0 }, 3 * sizeof *q);
		memcpy(s, (int[]){ 0, 0, h[2] }, 3 * sizeof *s);
		return;
	}
	memcpy(p, (int[]){ h[1] / g, -h[0] / g, 0 }, 3 * sizeof *p);
	memcpy(q, (int[]){ -h[2] * x, -h[2] * y, g }, 3 * sizeof *q);
	bezout(g, h[2], &u, &v);
	memcpy(s, (int[]){ x * u, y * u, v }, 3 * sizeof *s);
}

static double product(const double cell[3][3], const int a[3], const int b[3])
{
	double u[3], v[3];

	ip_lattice_vector(cell, a, u);
	ip_lattice_vector(cell, b, v);
	return ip_dot(u, v);
}

static void add(int a[3], int times, const int b[3])
{
	for (int k = 0; k < 3; k++)
		a[k] += times * b[k];
}

static void swap(int a[3], int b[3])
{
	for (int k = 0; k < 3; k++) {
		int t = a[k];
		a[k] = b[k];
		b[k] = t;
	}
}

/* Lagrange's reduction: the two shortest vectors of the lattice of p, q. */
static void reduce(const double cell[3][3], int p[3], int q[3])
{
	for (;;) {
		double pp = product(cell, p, p), qq = product(cell, q, q);
		if (qq < pp * (1 - SAME)) {
			swap(p, q);
			continue;
		}
		double t = product(cell, p, q) / pp;
		if (fabs(t) <= 0.5 * (1 + SAME))
			return;
		add(q, -(int)floor(t + 0.5), p);
	}
}

void ip_lattice_basis(const double cell[3][3], const int hkl[3],
	int vectors[3][3])
{
	int *p = vectors[0], *q = vectors[1], *s = vectors[2];
	double a[3], b[3], c[3], normal[3], pp;

	integer_basis(hkl, p, q, s);
	reduce(cell, p, q);
	ip_lattice_vector(cell, p, a);
	ip_lattice_vector(cell, q, b);
	ip_lattice_vector(cell, s, c);
	ip_cross(a, b, normal);
	if (ip_dot(normal, c) < 0)
		add(q, -2, (int[]){ q[0], q[1], q[2] });
	pp = product(cell, p, p);
	if (product(cell, p, q) >= 0.5 * pp * (1 - SAME))
		add(q, -1, p);
}

double ip_reflection(const double cell[3][3], const int hkl[3], double g[3])
{
	double volume = ip_cell_volume(cell), across[3];

	g[0] = g[1] = g[2] = 0;
	for (int i = 0; i < 3; i++) {
		ip_cross(cell[(i + 1) % 3], cell[(i + 2) % 3], across);
		for (int k = 0; k < 3; k++)
			g[k] += hkl[i] * across[k] / volume;
	}
	return sqrt(ip_dot(g, g));
}

static double angle_between(const double a[3], const double b[3])
{
	double c[3];

	ip_cross(a, b, c);
	return atan2(sqrt(ip_dot(c, c)), ip_dot(a, b));
}

int ip_lattice_plane(const double cell[3][3], const int uvw[3], int most,
	double angle, int hkl[3])
{
	double t[3], w[3], n[3], top = 0;

	ip_lattice_vector(cell, uvw, t);
	for (int i = 0; i < 3; i++) {
		w[i] = ip_dot(cell[i], t);
		top = fmax(top, fabs(w[i]));
	}
	for (int scale = 1; scale <= most; scale++) {
		for (int i = 0; i < 3; i++)
			hkl[i] = (int)floor(w[i] / top * scale + 0.5);
		ip_reflection(cell, hkl, n);
		if (angle_between(n, t) <= angle) {
			ip_lattice_coprime(hkl);
			return 1;
		}
	}
	return 0;
}

double ip_lattice_nearest(const double cell[3][3], const int uvw[3], int most,
	double angle, int axis[3])
{
	double t[3], r[3], best = -1;
	int n[3], hkl[3];

	ip_lattice_vector(cell, uvw, t);
	for (n[0] = -most; n[0] <= most; n[0]++)
		for (n[1] = -most; n[1] <= most; n[1]++)
			for (n[2] = -most; n[2] <= most; n[2]++) {
				int g = divisor(n[0], divisor(n[1], n[2]));
				if (g != 1)
					continue;
				ip_lattice_vector(cell, n, r);
				double d = angle_between(r, t);
				if ((best >= 0 && d >= best) ||
					!ip_lattice_plane(cell, n, most, angle,
						hkl))
					continue;
				best = d;
				memcpy(axis, n, sizeof n);
			}
	return best;
}
