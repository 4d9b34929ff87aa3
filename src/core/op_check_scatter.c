/* What the ops of the scattering refuse, and loss_fourier. */
#include <iphase/backend.h>
#include "core.h"
#include "op_check.h"

enum { PAIR = 2 * sizeof(ip_real) };

static size_t band_size(const struct ip_band *band)
{
	return (2 * band->hx + 1) * (2 * band->hy + 1);
}

int ip_op_check_fft2(const struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign)
{
	static const char op[] = "fft2";
	int rc;

	if ((rc = ip_op_check_grid(op, nx, ny)) < 0 ||
		(rc = ip_op_check(op, "x", x, nx, ny, batch, PAIR)) < 0)
		return rc;
	if (sign != 1 && sign != -1)
		return ip_fail(IP_EINVAL, "%s: sign %d, expected 1 or -1", op,
			sign);
	return IP_OK;
}

int ip_op_check_transmission(const struct ip_buf *t, const struct ip_buf *v,
	const struct ip_buf *aperture, const struct ip_band *band, size_t n)
{
	static const char op[] = "transmission";
	int rc;

	if ((rc = ip_op_check_band(op, band)) < 0 ||
		(rc = ip_op_check(op, "t", t, n, band->nx, band->ny,
			PAIR)) < 0 ||
		(rc = ip_op_check(op, "v", v, n, band->nx, band->ny,
			sizeof(ip_real))) < 0)
		return rc;
	return ip_op_check(op, "aperture", aperture, band_size(band), 1, 1,
		sizeof(ip_real));
}

int ip_op_check_multislice(const struct ip_buf *waves, const struct ip_buf *t,
	const struct ip_buf *prop, int per_wave, const struct ip_band *band,
	size_t n, size_t first, size_t count)
{
	static const char op[] = "multislice";
	size_t end;
	int rc;

	if ((rc = ip_op_check_band(op, band)) < 0)
		return rc;
	if (ip_add_size(first, count, &end))
		return ip_fail(IP_EINVAL, "%s: slices: size overflow", op);
	if ((rc = ip_op_check(op, "waves", waves, n, band_size(band), 1,
			PAIR)) < 0 ||
		(rc = ip_op_check(op, "t", t, end, band->nx, band->ny,
			PAIR)) < 0)
		return rc;
	return ip_op_check(op, "prop", prop, per_wave ? n : 1,
		band_size(band), 1, PAIR);
}

int ip_op_check_detect(const struct ip_buf *out, const struct ip_buf *waves,
	const struct ip_pixels *pixels, const struct ip_band *band, size_t n)
{
	static const char op[] = "detect";
	int rc;

	if ((rc = ip_op_check_band(op, band)) < 0 ||
		(rc = ip_op_check_pixels(op, pixels, band)) < 0 ||
		(rc = ip_op_check(op, "waves", waves, n, band_size(band), 1,
			PAIR)) < 0)
		return rc;
	return ip_op_check(op, "out", out, n, pixels->channels, 1,
		sizeof(ip_real));
}

int ip_op_check_gather(const struct ip_buf *s, const struct ip_buf *waves,
	const struct ip_pixels *pixels, const struct ip_band *band, size_t n,
	size_t column, size_t columns)
{
	static const char op[] = "gather";
	int rc;

	if ((rc = ip_op_check_band(op, band)) < 0 ||
		(rc = ip_op_check_pixels(op, pixels, band)) < 0 ||
		(rc = ip_op_check(op, "waves", waves, n, band_size(band), 1,
			PAIR)) < 0 ||
		(rc = ip_op_check(op, "s", s, pixels->rows, columns, 1,
			PAIR)) < 0)
		return rc;
	if (column > columns || n > columns - column)
		return ip_fail(IP_EINVAL, "%s: waves %zu..%zu of %zu columns",
			op, column, column + n, columns);
	return IP_OK;
}

int ip_op_check_scan(const struct ip_buf *out, const struct ip_buf *s,
	const struct ip_buf *coef, const uint32_t *place,
	const struct ip_pixels *pixels, size_t columns, size_t sx, size_t sy)
{
	static const char op[] = "scan";
	size_t c;
	int rc;

	if ((rc = ip_op_check_grid(op, sx, sy)) < 0 ||
		(rc = ip_op_check_channels(op, pixels)) < 0 ||
		(rc = ip_op_check(op, "s", s, pixels->rows, columns, 1,
			PAIR)) < 0 ||
		(rc = ip_op_check(op, "coef", coef, columns, 1, 1,
			PAIR)) < 0 ||
		(rc = ip_op_check(op, "out", out, pixels->channels, sx, sy,
			sizeof(ip_real))) < 0)
		return rc;
	for (c = 0; c < columns; c++)
		if (place[c] >= sx * sy)
			return ip_fail(IP_EINVAL, "%s: wave %zu lies outside "
				"the scan grid", op, c);
	return IP_OK;
}

int ip_op_check_loss_fourier(const struct ip_buf *part, const struct ip_buf *dp,
	const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m)
{
	static const char op[] = "loss_fourier";
	int rc;

	if ((rc = ip_op_check(op, "part", part, 1, 1, 1,
			sizeof(ip_real))) < 0 ||
		(rc = ip_op_check_map(op, "p", p, m, 0)) < 0 ||
		(rc = ip_op_check_map(op, "t", t, m, 0)) < 0)
		return rc;
	return ip_op_check_map(op, "dp", dp, m, 0);
}
