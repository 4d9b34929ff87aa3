/* An open HDF5 file: between hdf5.c and hdf5_read.c. */
#ifndef IP_FORMATS_HDF5_FILE_H
#define IP_FORMATS_HDF5_FILE_H

#include <stdint.h>
#define H5_USE_110_API
#include <hdf5.h>
#include "hdf5.h"

#define IP_H5_REASON 128

struct ip_h5 {
	const char *path;
	hid_t id;
	uint64_t size;		/* of the file, bytes */
	uint64_t seen, taken;	/* names so far, bytes of data so far */
	H5E_auto2_t print;	/* the messages as they were */
	void *print_to;
};

/* Report status for an object, with HDF5's own reason. */
int ip_h5_fail(struct ip_h5 *f, int status, const char *name,
	const char *what);
/* To be closed by H5Oclose; IP_H5_OTHER if it is not there. */
int ip_h5_object(struct ip_h5 *f, const char *name, hid_t *id);

#endif
