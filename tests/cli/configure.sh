# configure refuses what it must, with a message, and writes nothing then.
set -u
n=0
# refuse TEXT ARGUMENT...: fails, says TEXT, leaves no config.mk
refuse() {
	text=$1
	shift
	n=$((n + 1))
	if sh "$IP_SRCDIR/configure" "$@" >out 2>&1; then
		echo "not ok $n - configure $* was accepted"
	elif ! grep -q -e "$text" out || [ -e config.mk ]; then
		echo "not ok $n - configure $*: no '$text' in:"
		cat out
	else
		echo "ok $n - configure $* is refused"
	fi
}
refuse "unknown argument '--foo'" --foo
refuse 'expected auto, yes or no' --with-simd=maybe
refuse 'expected an absolute path' --prefix=here
refuse 'ffast-math' CFLAGS=-ffast-math
refuse 'cannot build a program' CC=no-such-compiler
# a dependency that is missing: all in one message, with the way out
printf '#error "no zlib here"\n' >zlib.h
printf '#error "no FFTW here"\n' >fftw3.h
refuse "make deps" CPPFLAGS="-I$PWD"
refuse "zlib1g-dev" CPPFLAGS="-I$PWD"
refuse "libfftw3-dev" CPPFLAGS="-I$PWD"
rm zlib.h fftw3.h
# yes, but it does not work here
printf '#error "no cmocka here"\n' >cmocka.h
refuse '--with-cmocka=yes, but' --with-cmocka=yes CPPFLAGS="-I$PWD"
