/* Euler angles. */
#include <math.h>
#include <iphase/specimen.h>
#include "crystal.h"

#define DEGREE (3.14159265358979323846 / 180)
#define UPRIGHT 1e-9	/* cos rx: less than rounding leaves of rz */

void ip_matrix_multiply(double a[3][3], double b[3][3], double out[3][3])
{
	int i, j;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] +
				a[i][2] * b[2][j];
}

void ip_euler_matrix(const double euler[3], double m[3][3])
{
	double cz = cos(euler[0] * DEGREE), sz = sin(euler[0] * DEGREE);
	double cx = cos(euler[1] * DEGREE), sx = sin(euler[1] * DEGREE);
	double cy = cos(euler[2] * DEGREE), sy = sin(euler[2] * DEGREE);
	double rz[3][3] = { { cz, -sz, 0 }, { sz, cz, 0 }, { 0, 0, 1 } };
	double rx[3][3] = { { 1, 0, 0 }, { 0, cx, -sx }, { 0, sx, cx } };
	double ry[3][3] = { { cy, 0, sy }, { 0, 1, 0 }, { -sy, 0, cy } };
	double t[3][3];

	ip_matrix_multiply(rx, rz, t);
	ip_matrix_multiply(ry, t, m);
}

/* Of Ry Rx Rz the middle row is (cos rx sin rz, cos rx cos rz, -sin rx), the
 * last column (cos rx sin ry, -sin rx, cos rx cos ry). */
void ip_euler_angles(double m[3][3], double euler[3])
{
	double c = sqrt(m[1][0] * m[1][0] + m[1][1] * m[1][1]);

	euler[1] = atan2(-m[1][2], c) / DEGREE;
	if (c < UPRIGHT) {
		euler[0] = 0;
		euler[2] = atan2(-m[2][0], m[0][0]) / DEGREE;
		return;
	}
	euler[0] = atan2(m[1][0], m[1][1]) / DEGREE;
	euler[2] = atan2(m[0][2], m[2][2]) / DEGREE;
}

void ip_euler_slope(const double euler[3], double slope[2])
{
	slope[0] = -tan(euler[2] * DEGREE);
	slope[1] = tan(euler[1] * DEGREE) / cos(euler[2] * DEGREE);
}

void ip_slope_euler(const double slope[2], double euler[3])
{
	double ry = -atan(slope[0]);

	euler[1] = atan(slope[1] * cos(ry)) / DEGREE;
	euler[2] = ry / DEGREE;
}
