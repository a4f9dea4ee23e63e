#!/bin/sh
# Knows the hosts of $FAKE_HOSTS.
case " $FAKE_HOSTS " in
  *" $2 "*) exit 0 ;;
esac
exit 2
