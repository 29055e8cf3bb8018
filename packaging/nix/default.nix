# nix-build packaging/nix
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "serve";
  version = "1.0.0";
  src = pkgs.lib.cleanSource ../..;
  makeFlags = [ "PREFIX=${placeholder "out"}" ];
  meta = {
    description = "Small static web server for the folder at hand";
    license = pkgs.lib.licenses.mit;
    platforms = pkgs.lib.platforms.linux;
    mainProgram = "serve";
  };
}
