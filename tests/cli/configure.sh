# configure refuses what it must, with a message, and writes nothing then.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# refuses TEXT ARGUMENT...: fails, says TEXT, leaves no config.mk
refuses() {
	text=$1
	shift
	! sh "$IP_SRCDIR/configure" "$@" >out 2>&1 &&
		grep -q -e "$text" out && [ ! -e config.mk ]
	result "configure $* is refused: $text" $?
}
refuses "unknown argument '--foo'" --foo
refuses 'expected auto, yes or no' --with-simd=maybe
refuses 'expected an absolute path' --prefix=here
refuses 'ffast-math' CFLAGS=-ffast-math
refuses 'cannot build a program' CC=no-such-compiler
# a dependency that is missing: all in one message, with the way out
printf '#error "no zlib here"\n' >zlib.h
printf '#error "no FFTW here"\n' >fftw3.h
refuses "make deps" CPPFLAGS="-I$PWD"
refuses "zlib1g-dev" CPPFLAGS="-I$PWD"
refuses "libfftw3-dev" CPPFLAGS="-I$PWD"
rm zlib.h fftw3.h
# yes, but it does not work here
printf '#error "no jansson here"\n' >jansson.h
refuses '--with-hdf5=yes, but' --with-hdf5=yes CPPFLAGS="-I$PWD"
rm jansson.h
printf '#error "no cmocka here"\n' >cmocka.h
refuses '--with-cmocka=yes, but' --with-cmocka=yes CPPFLAGS="-I$PWD"
