/* Status phrases and the version. */
#include <iphase/status.h>
#include "config.h"

#ifndef IP_VERSION
#define IP_VERSION "0.0.0"
#endif

const char *ip_strerror(int status)
{
	switch (status) {
	case IP_OK: return "success";
	case IP_ENOMEM: return "out of memory";
	case IP_EINVAL: return "invalid argument";
	case IP_ENOTFOUND: return "not found";
	case IP_ENOTSUP: return "not supported";
	case IP_ELIMIT: return "limit exceeded";
	case IP_EIO: return "input or output failed";
	case IP_EFORMAT: return "malformed data";
	case IP_ETRUNCATED: return "file ends too early";
	case IP_ECHECKSUM: return "checksum mismatch";
	case IP_EPHYSICS: return "physically meaningless";
	case IP_ENUMBER: return "a number is not finite";
	case IP_EDEVICE: return "device failed";
	}
	return "unknown status";
}

const char *ip_version(void)
{
	return IP_VERSION;
}
