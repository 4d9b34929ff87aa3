#include "support/support.h"
#include "support/idpc.h"
#include <math.h>

#define PI 3.14159265358979323846

struct ip_idpc ip_test_idpc(void)
{
	struct ip_idpc how = {0};

	how.energy = 200e3;
	how.semiangle = 20;
	how.inner = 0;
	how.outer = 50;
	how.pixel_size[0] = how.pixel_size[1] = 0.2;
	how.calibration = IP_RIGID;
	how.boundary = IP_PERIODIC;
	how.background = IP_KEEP;
	return how;
}

struct ip_tensor ip_test_image(size_t nx, size_t ny)
{
	struct ip_tensor t = {0};
	size_t shape[2];

	shape[0] = nx;
	shape[1] = ny;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, shape), 0);
	return t;
}

struct ip_tensor ip_test_images(size_t n, size_t nx, size_t ny)
{
	struct ip_tensor t = {0};
	size_t shape[3];

	shape[0] = n;
	shape[1] = nx;
	shape[2] = ny;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 3, shape), 0);
	return t;
}

double *ip_test_values(const struct ip_tensor *t)
{
	return t->data;
}

struct blob { double x, y, height; };
static const struct blob cell[] = {
	{0.1, 0.2, 1.0}, {2.0, 0.9, 0.6}, {1.0, 2.4, 0.3},
};
static const double lattice[2] = {4.0, 3.5}, width = 0.45;

/* Gradient over 2 pi of the phase at (x, y), the Laplacian, and the phase. */
static double object(double x, double y, double *dx, double *dy,
	double *laplace)
{
	double phase = 0;
	int i, j;
	size_t b;

	*dx = *dy = *laplace = 0;
	for (b = 0; b < 3; b++)
	for (i = -2; i < 6; i++)
	for (j = -2; j < 7; j++) {
		double u = x - cell[b].x - i * lattice[0];
		double v = y - cell[b].y - j * lattice[1];
		double h = cell[b].height
			* exp(-(u * u + v * v) / (2 * width * width));

		phase += h;
		*laplace += h * ((u * u + v * v) / (width * width) - 2)
			/ (width * width);
		*dx -= u * h / (width * width) / (2 * PI);
		*dy -= v * h / (width * width) / (2 * PI);
	}
	return phase;
}

void ip_test_object(double *dx, double *dy, double *phase)
{
	size_t p;
	double l;

	for (p = 0; p < IP_TEST_N; p++)
		phase[p] = object(0.2 * (double)(p / IP_TEST_NY),
			0.2 * (double)(p % IP_TEST_NY), dx + p, dy + p, &l);
}

void ip_test_laplacian(double *laplace)
{
	size_t p;
	double dx, dy;

	for (p = 0; p < IP_TEST_N; p++)
		object(0.2 * (double)(p / IP_TEST_NY),
			0.2 * (double)(p % IP_TEST_NY), &dx, &dy, laplace + p);
}

struct ip_obf ip_test_obf(void)
{
	struct ip_obf o = { .how = { .energy = 200e3, .semiangle = 20,
		.outer = 25, .pixel_size = { 0.1, 0.1 } }, .azimuthal = 4,
		.rings = 1, .floor = 1e-3 };

	return o;
}

struct ip_obf ip_test_obf_awkward(void)
{
	struct ip_obf o = ip_test_obf();

	o.how.inner = 4;
	o.how.outer = 21;
	o.how.flip = 1;
	o.how.rotation = 0.3;
	o.azimuthal = 3;
	o.rings = 2;
	o.offset[0] = 2.5;
	o.offset[1] = -1;
	o.aberrations.c[IP_C10] = -60;
	o.aberrations.c[IP_C12] = 25;
	o.aberrations.phi[IP_C12] = 0.7;
	o.aberrations.c[IP_C21] = 1500;
	o.aberrations.phi[IP_C21] = -0.4;
	o.aberrations.c[IP_C30] = 1e5;
	return o;
}

double ip_test_obf_contrast(const double *b, const double *share, int n)
{
	double s = 0;
	int j;

	for (j = 0; j < n; j++)
		s += (b[2 * j] * b[2 * j] + b[2 * j + 1] * b[2 * j + 1])
			/ share[j];
	return s;
}
