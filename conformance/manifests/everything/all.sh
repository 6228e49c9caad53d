#!/bin/sh
echo all "$@"
