declare module "*.ini" {
  const text: string;
  export default text;
}
