class Tokligence < Formula
  desc "LLM gateway in one executable"
  homepage "https://github.com/tokligence/gateway"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    depends_on macos: :ventura

    on_arm do
      url "@URL darwin_arm64@"
      sha256 "@SHA256 darwin_arm64@"
    end
    on_intel do
      url "@URL darwin_amd64@"
      sha256 "@SHA256 darwin_amd64@"
    end
  end

  on_linux do
    on_arm do
      url "@URL linux_arm64@"
      sha256 "@SHA256 linux_arm64@"
    end
    on_intel do
      url "@URL linux_amd64@"
      sha256 "@SHA256 linux_amd64@"
    end
  end

  def install
    bin.install "tokligence"
    man1.install "man/tokligence.1"
    bash_completion.install "completion/tokligence.bash" => "tokligence"
    zsh_completion.install "completion/tokligence.zsh" => "_tokligence"
    fish_completion.install "completion/tokligence.fish"
    pkgshare.install "config", "profiles"
  end

  test do
    assert_equal "tokligence #{version}\n", shell_output("#{bin}/tokligence version")
  end
end
