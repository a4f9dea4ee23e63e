import { modulo, power } from '../operators.ts';
import { LuaTable } from '../table.ts';
import { fill, library, type Arguments, type LibraryFunction } from './arguments.ts';

/** A function of one number. */
function ofOne(compute: (value: number) => number): LibraryFunction {
  return (args) => [compute(args.number(1))];
}

function ofTwo(compute: (left: number, right: number) => number): LibraryFunction {
  return (args) => [compute(args.number(1), args.number(2))];
}

/** The first of the numbers that no other is better than. */
function best(isBetter: (value: number, than: number) => boolean): LibraryFunction {
  return (args, machine) => {
    if (args.count === 0) throw machine.error('wrong number of arguments');
    let found = args.number(1);
    for (let place = 2; place <= args.count; place += 1) {
      const value = args.number(place);
      if (isBetter(value, found)) found = value;
    }
    return [found];
  };
}

const random: LibraryFunction = (args, machine) => {
  if (args.count === 0) return [machine.random()];
  const [low, high] = args.count === 1 ? [1, args.int(1)] : [args.int(1), args.int(2)];
  if (high < low) throw machine.error('invalid argument to Intn', 0);
  return [low + Math.floor(machine.random() * (high - low + 1))];
};

/** A fraction from 0.5 to 1 and a power of two. */
function frexp(args: Arguments): [number, number] {
  const value = args.number(1);
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction = value * 2 ** -exponent;
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  return [fraction, exponent];
}

function modf(args: Arguments): [number, number] {
  const value = args.number(1);
  const whole = Math.trunc(value);
  return [whole, Number.isFinite(value) ? value - whole : Number.NaN];
}

const mathLibrary = library({
  abs: ofOne(Math.abs),
  acos: ofOne(Math.acos),
  asin: ofOne(Math.asin),
  atan: ofOne(Math.atan),
  atan2: ofTwo(Math.atan2),
  ceil: ofOne(Math.ceil),
  cos: ofOne(Math.cos),
  cosh: ofOne(Math.cosh),
  deg: ofOne((value) => (value * 180) / Math.PI),
  exp: ofOne(Math.exp),
  floor: ofOne(Math.floor),
  fmod: ofTwo((left, right) => left % right),
  frexp,
  ldexp: (args) => [args.number(1) * 2 ** args.int(2)],
  log: ofOne(Math.log),
  log10: ofOne(Math.log10),
  max: best((value, than) => value > than),
  min: best((value, than) => value < than),
  mod: ofTwo(modulo),
  modf,
  pow: ofTwo(power),
  rad: ofOne((value) => (value * Math.PI) / 180),
  random,
  randomseed: () => [],
  sin: ofOne(Math.sin),
  sinh: ofOne(Math.sinh),
  sqrt: ofOne(Math.sqrt),
  tan: ofOne(Math.tan),
  tanh: ofOne(Math.tanh),
});

/** gopher-lua's math library (mathlib.go). */
export function openMath(): LuaTable {
  const table = fill(new LuaTable(), mathLibrary);
  table.set('pi', Math.PI);
  table.set('huge', Number.MAX_VALUE);
  return table;
}
