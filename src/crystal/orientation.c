/* Euler angles. */
#include <math.h>
#include <iphase/specimen.h>

static void multiply(double a[3][3], double b[3][3], double out[3][3])
{
	int i, j;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] +
				a[i][2] * b[2][j];
}

void ip_euler_matrix(const double euler[3], double m[3][3])
{
	const double degree = 3.14159265358979323846 / 180;
	double cz = cos(euler[0] * degree), sz = sin(euler[0] * degree);
	double cx = cos(euler[1] * degree), sx = sin(euler[1] * degree);
	double cy = cos(euler[2] * degree), sy = sin(euler[2] * degree);
	double rz[3][3] = { { cz, -sz, 0 }, { sz, cz, 0 }, { 0, 0, 1 } };
	double rx[3][3] = { { 1, 0, 0 }, { 0, cx, -sx }, { 0, sx, cx } };
	double ry[3][3] = { { cy, 0, sy }, { 0, 1, 0 }, { -sy, 0, cy } };
	double t[3][3];

	multiply(rx, rz, t);
	multiply(ry, t, m);
}
