/*
 * What attention means, step by step on whole arrays: pad, roll, cut into
 * windows, attend, put back, roll back, crop.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ref.h"

/* 0, 1 or 2 along an axis of padded length n. */
static int region(size_t i, size_t n, size_t window, size_t shift)
{
	if (shift == 0)
		return 0;
	return i < n - window ? 0 : i < n - shift ? 1 : 2;
}

/* One query of a window whose tokens' q, k, v of one head are in t. */
static void query(double *o, const double *t, size_t tokens, size_t dim,
	size_t i, const double *bias)
{
	double *p = malloc(tokens * sizeof(*p)), most = -INFINITY, sum = 0;
	size_t j, d;

	for (j = 0; j < tokens; j++) {
		p[j] = 0;
		for (d = 0; d < dim; d++)
			p[j] += t[3 * i * dim + d] * t[(3 * j + 1) * dim + d];
		p[j] = p[j] / sqrt((double)dim) + bias[j];
		most = p[j] > most ? p[j] : most;
	}
	for (j = 0; j < tokens; j++)
		sum += p[j] = exp(p[j] - most);
	for (d = 0; d < dim; d++) {
		o[d] = 0;
		for (j = 0; j < tokens; j++)
			o[d] += p[j] / sum * t[(3 * j + 2) * dim + d];
	}
	free(p);
}

/* The window at row r0, column c0 of the rolled map z [ph][pw][3][C]. */
static void one_window(double *out, const double *z, const double *table,
	const struct ip_windows *s, size_t ph, size_t pw, size_t r0, size_t c0)
{
	size_t n = s->window[0] * s->window[1], dim = s->dim, i, j, h, k;
	size_t channels = s->heads * dim, side = 2 * s->reach - 1;
	double *t = malloc(3 * n * dim * sizeof(*t));
	double *bias = malloc(n * sizeof(*bias));

	for (h = 0; h < s->heads; h++) {
		for (i = 0; i < 3 * n; i++)
			memcpy(t + i * dim, z + ((r0 + i / 3 / s->window[1]) *
				pw + c0 + i / 3 % s->window[1]) * 3 * channels +
				i % 3 * channels + h * dim, dim * sizeof(*t));
		for (i = 0; i < n; i++) {
			size_t ri = r0 + i / s->window[1];
			size_t ci = c0 + i % s->window[1];

			for (j = 0; j < n; j++) {
				size_t rj = r0 + j / s->window[1];
				size_t cj = c0 + j % s->window[1];

				k = (i / s->reach + s->reach - 1 -
					j / s->reach) * side + i % s->reach +
					s->reach - 1 - j % s->reach;
				bias[j] = table[k * s->heads + h];
				if (region(ri, ph, s->window[0], s->shift[0]) !=
					region(rj, ph, s->window[0],
					s->shift[0]) || region(ci, pw,
					s->window[1], s->shift[1]) !=
					region(cj, pw, s->window[1],
					s->shift[1]))
					bias[j] -= 100;
			}
			query(out + (ri * pw + ci) * channels + h * dim, t, n,
				dim, i, bias);
		}
	}
	free(t);
	free(bias);
}

void ip_ref_attention(double *y, const double *qkv, const double *qkv_bias,
	const double *table, const struct ip_windows *s)
{
	size_t ph = (s->h + s->window[0] - 1) / s->window[0] * s->window[0];
	size_t pw = (s->w + s->window[1] - 1) / s->window[1] * s->window[1];
	size_t channels = s->heads * s->dim, b, r, c;
	double *z = malloc(ph * pw * 3 * channels * sizeof(*z));
	double *out = malloc(ph * pw * channels * sizeof(*out));

	for (b = 0; b < s->b; b++) {
		for (r = 0; r < ph; r++)
			for (c = 0; c < pw; c++) {
				size_t fr = (r + s->shift[0]) % ph;
				size_t fc = (c + s->shift[1]) % pw;

				memcpy(z + (r * pw + c) * 3 * channels,
					fr < s->h && fc < s->w ? qkv + ((b *
					s->h + fr) * s->w + fc) * 3 * channels :
					qkv_bias, 3 * channels * sizeof(*z));
			}
		for (r = 0; r < ph; r += s->window[0])
			for (c = 0; c < pw; c += s->window[1])
				one_window(out, z, table, s, ph, pw, r, c);
		for (r = 0; r < s->h; r++)
			for (c = 0; c < s->w; c++)
				memcpy(y + ((b * s->h + r) * s->w + c) *
					channels, out + ((r + ph -
					s->shift[0]) % ph * pw + (c + pw -
					s->shift[1]) % pw) * channels,
					channels * sizeof(*y));
	}
	free(z);
	free(out);
}
