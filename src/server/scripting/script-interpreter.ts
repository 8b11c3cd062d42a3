import { GLOBALS_TABLE, Interpreter, type InterpreterOptions } from './interpreter.js';
import type { Lrand48 } from './lrand48.js';
import { REGISTRY } from './lua-vm.js';
import type { WasmModule } from './web-assembly.js';

/** Runs scripts: each is a function without arguments that finds KEYS and ARGV as globals. */
export class ScriptInterpreter extends Interpreter {
  constructor(binary: WasmModule, options: InterpreterOptions, random: Lrand48) {
    super(binary, options, random, 'scripts');
  }

  compile(code: Buffer): number {
    return this.compileAs(code, '@user_script', 'script (new function)');
  }

  protected override push(reference: number, keys: readonly Uint8Array[], argv: readonly Uint8Array[]): number {
    const { lua, main } = this.vm;
    this.pushArray(keys);
    lua.lua_setfield(main, GLOBALS_TABLE, this.vm.name('KEYS'));
    this.pushArray(argv);
    lua.lua_setfield(main, GLOBALS_TABLE, this.vm.name('ARGV'));
    lua.lua_rawgeti(main, REGISTRY, reference);
    return 0;
  }
}
