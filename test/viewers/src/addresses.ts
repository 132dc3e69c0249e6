/** An address of loopback for the nth of many: they all lead here, and each has ports of its own. */
export const loopback = (n: number): string => `127.0.${1 + (Math.floor(n / 250) % 250)}.${1 + (n % 250)}`
