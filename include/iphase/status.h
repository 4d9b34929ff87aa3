/* Status codes: every function that can fail returns one; 0 is success. */
#ifndef IPHASE_STATUS_H
#define IPHASE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values are fixed for ever, with gaps between the groups.
 * The library never exits, prints or aborts: a failing function reports one
 * message through the log callback (iphase/log.h) where the failure arose,
 * frees what it made, leaves its outputs untouched and returns the code.
 */
enum ip_status {
	IP_OK = 0,
	IP_ENOMEM = -1,		/* out of memory */
	IP_EINVAL = -2,		/* an argument is outside its contract */
	IP_ENOTFOUND = -3,	/* no such name, element, device */
	IP_ENOTSUP = -4,	/* known, but not built or not implemented */
	IP_ELIMIT = -5,		/* would exceed a stated bound */
	IP_EIO = -10,		/* the operating system refused */
	IP_EFORMAT = -11,	/* the bytes contradict the format */
	IP_ETRUNCATED = -12,	/* the file ends too early */
	IP_ECHECKSUM = -13,	/* stored and computed checksum differ */
	IP_EPHYSICS = -20,	/* the request makes no physical sense */
	IP_ENUMBER = -21,	/* a number arose that is not finite */
	IP_EDEVICE = -30	/* a backend's device failed */
};

/* A short English phrase for a status; never NULL. */
const char *ip_strerror(int status);

/* The library's version, "major.minor.patch". */
const char *ip_version(void);

#ifdef __cplusplus
}
#endif
#endif
