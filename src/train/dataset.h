/* Between the files of training data. */
#ifndef IP_TRAIN_DATASET_H
#define IP_TRAIN_DATASET_H

#include <iphase/dataset.h>

#define IP_DATA_MIRRORS 6	/* that a plane can have */

/* One file: pictures first .. first + count of the dataset. */
struct ip_data_file {
	char *path;
	size_t first, count, h, w;
	double thickness[2];	/* smallest, largest, nm */
	double (*series)[4];	/* [count]: thickness, euler; or NULL: maps */
	/* what it says of itself; NAN, NULL and 0 if it does not */
	double energy, pixel[2], rotation;	/* eV, Angstrom, degree */
	double semiangle, inner, outer;		/* mrad */
	char *material;
	int counts;		/* segments are electrons, with noise */
	double incident;	/* all of the incident beam in their unit */
	double share;		/* of it in a segment, without a specimen */
	int periodic;
	double mirror[IP_DATA_MIRRORS];	/* lines, degree from the crystal's x */
	size_t mirrors;
};

struct ip_dataset {
	enum ip_truth truth;
	struct ip_data_file *files;
	size_t count, cap, pictures;
};

/* Look at a file and check it; f is {0} before, and after a failure. */
int ip_data_file_open(struct ip_data_file *f, const char *path,
	enum ip_truth truth);
void ip_data_file_free(struct ip_data_file *f);
/* Picture i of the file. */
int ip_data_file_get(const struct ip_data_file *f, enum ip_truth truth,
	size_t i, struct ip_sample *s);

/* The file of picture i, or NULL, reported. */
const struct ip_data_file *ip_dataset_file(const struct ip_dataset *d,
	size_t i);

#endif
